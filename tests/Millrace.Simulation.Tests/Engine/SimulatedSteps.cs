using Millrace.Checking;
using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The steps inside bodies: the same for the same run of a node, whoever runs it and however often. And the witness outside, who sees each begin and end.</summary>
internal sealed class SimulatedSteps(SimulatedWorld world)
{
    private readonly List<StepStart> _begun = [];
    private readonly List<(StepStart Step, string Result)> _seen = [];

    public IReadOnlyList<StepStart> Begun => _begun;

    public IReadOnlyList<(StepStart Step, string Result)> Seen => _seen;

    public async Task RunAsync(SimulatedProcess process, EffectContext context, CancellationToken cancellation)
    {
        var chance = ChanceOf(context, 0);
        var count = chance % 3 == 0 ? (int)(chance / 3 % 4) + 1 : 0;
        if (chance / 12 % 4 == 0)
            await Task.WhenAll(Enumerable.Range(1, count).Select(number => StepAsync(process, context, number, cancellation)).ToList());
        else
        {
            for (var number = 1; number <= count; number++)
                await StepAsync(process, context, number, cancellation);
        }
    }

    private async Task StepAsync(SimulatedProcess process, EffectContext context, int number, CancellationToken cancellation)
    {
        string result;
        try
        {
            result = (await context.StepAsync($"s{number % 2}", (step, inner) =>
            {
                step.Usage = world.Budgets.OfStep(number);
                return MakeAsync(process, context, number, inner);
            }, cancellation)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (StepFailedException e)
        {
            result = e.Error.Type;
        }
        _seen.Add((Note(process, context, number), result));
        world.Trace.Note("step given", context.IdempotencyKey, number);
    }

    private async ValueTask<long> MakeAsync(SimulatedProcess process, EffectContext context, int number, CancellationToken cancellation)
    {
        _begun.Add(Note(process, context, number));
        world.Trace.Note("step", context.IdempotencyKey, number);
        var chance = ChanceOf(context, number);
        if (chance % 100 < 60)
            await Task.Delay(TimeSpan.FromSeconds(chance / 100 % 4), context.Time, cancellation);
        return chance % 100 < 95 ? chance % 1_000 : throw new StepFailedException(new NodeError("refused", "A step of the simulation fails for good."));
    }

    private StepStart Note(SimulatedProcess process, EffectContext context, int number) =>
        new(world.History.Next(), context.ExecutionId, context.NodeId, context.Iteration, number, process.IsStale);

    // Neither of the attempt nor of the generation: an earlier run has recorded what this one is given.
    private uint ChanceOf(EffectContext context, int number)
    {
        var hash = 2166136261u ^ (uint)world.Seed;
        foreach (var c in $"{context.WorkflowId}|{context.NodeId}|{context.Iteration}|{number}")
            hash = (hash ^ c) * 16777619u;
        hash ^= hash >> 15;
        hash *= 0x2c1b3c6du;
        return hash ^ (hash >> 12);
    }
}
