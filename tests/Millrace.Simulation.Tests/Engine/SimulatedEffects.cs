using Millrace.Checking;
using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>What bodies do and how long they take: the same for the same attempt, whoever runs it. And the witness outside, who sees each begin.</summary>
internal sealed class SimulatedEffects(SimulatedWorld world)
{
    private readonly List<BodyStart> _begun = [];

    /// <summary>The steps inside bodies.</summary>
    public SimulatedSteps Steps { get; } = new(world);

    public IReadOnlyList<BodyStart> Begun => _begun;

    public async ValueTask<NodeOutcome> RunAsync(SimulatedProcess process, EffectContext context, CancellationToken cancellation)
    {
        var body = new BodyStart(world.History.Next(), context.ExecutionId, context.NodeId, context.Iteration, context.Attempt, context.IdempotencyKey, process.IsStale);
        _begun.Add(body);
        world.Trace.Note("body", context.IdempotencyKey, context.Attempt);
        await Steps.RunAsync(process, context, cancellation);
        var chance = Chance(context);
        var seconds = (int)(chance / 100 % 6);
        switch (chance % 100)
        {
            case < 40: break;
            case < 82: await Task.Delay(TimeSpan.FromSeconds(seconds), context.Time, cancellation); break;
            case < 92: await Task.Delay(TimeSpan.FromSeconds(seconds * 20), context.Time, cancellation); break;
            // It does not hear that it is to end.
            case < 96: await Task.Delay(TimeSpan.FromSeconds(seconds * 10), context.Time, CancellationToken.None); break;
            case < 98: await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, cancellation); break;
            default: throw new InvalidOperationException("A body of the simulation breaks.");
        }
        return world.Budgets.Spent(world.Workflows.Find(context.WorkflowId).Script.OutcomeOf(context.NodeId, context.Iteration, context.Attempt), context);
    }

    private uint Chance(EffectContext context)
    {
        var hash = 2166136261u ^ (uint)world.Seed;
        foreach (var c in context.IdempotencyKey)
            hash = (hash ^ c) * 16777619u;
        hash = (hash ^ (uint)context.Attempt) * 16777619u;
        hash ^= hash >> 15;
        hash *= 0x2c1b3c6du;
        return hash ^ (hash >> 12);
    }
}
