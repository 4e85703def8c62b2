using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Testing.Workflows.Fakes;
using Millrace.Testing.Workflows.Results;

namespace Millrace.Testing.Workflows.Running;

/// <summary>An effect: recorded, and faked, let happen, or refused.</summary>
internal sealed class TestedEffect(
    ExecutableEffect inner, TestedNode node, FakeScript? fake) : ExecutableEffect(inner.Config, inner.Timeout)
{
    private readonly MapValue _verbatim = ConfigSchema.Select(node.Definition.Config, node.Type.VerbatimFields);

    public override TemplateEvaluation Render(NodeContext context) => inner.Render(context);

    internal override IEnumerable<string> SecretNames => inner.SecretNames;

    public override NodeOutcome OnCallback(NodeWait wait, Value call) => inner.OnCallback(wait, call);

    public override async ValueTask<NodeOutcome> RunAsync(Value input, EffectContext context, CancellationToken cancellation)
    {
        var call = new FakeCall(
            context.NodeId, node.Type.Type, Whole(input), context.Data, context.Iteration, context.Attempt, context.IdempotencyKey);
        node.Plan.Record(
            new EffectCall(context.WorkflowId, call.NodeId, call.Type, call.Iteration, call.Attempt, call.Config, call.IdempotencyKey));
        if (fake is null)
            return await RunInnerAsync(input, context, cancellation);
        // It would have sent them.
        foreach (var secret in inner.SecretNames)
            context.Secrets.Use(secret);
        if (node.Fake(fake, call) is { } outcome)
            return outcome;
        await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, context.Time, cancellation);
        throw new InvalidOperationException("A node that never ends has ended.");
    }

    private ValueTask<NodeOutcome> RunInnerAsync(Value input, EffectContext context, CancellationToken cancellation)
    {
        if (!node.Plan.MayRun(context.NodeId, node.Type))
            return new(node.Plan.Refuse(context.NodeId, node.Type.Type));
        return node.Plan.IsReal(context.NodeId, node.Type.Type)
            ? node.Plan.RunRealAsync(() => inner.RunAsync(input, context, cancellation))
            : inner.RunAsync(input, context, cancellation);
    }

    private MapValue Whole(Value input)
    {
        var builder = new MapBuilder(input.TryGetMap(out var rendered) ? rendered : MapValue.Empty);
        foreach (var entry in _verbatim.Entries)
            builder.Set(entry.Key.AsString(), entry.Value);
        return builder.Build();
    }
}

/// <summary>A node that runs at once, or a body, faked.</summary>
internal class FakedPure(TestedNode node, FakeScript fake) : PureLogic
{
    public override NodeOutcome Evaluate(NodeContext context) => node.Fake(fake, node.CallWith(context.Data))
        ?? node.Plan.Break($"Node '{node.Definition.Id}' ({node.Type.Type}) is pure, so it cannot be faked to never end.");
}

/// <summary>A join, faked: it still fires when it would.</summary>
internal sealed class FakedJoin(IJoinLogic inner, TestedNode node, FakeScript fake) : FakedPure(node, fake), IJoinLogic
{
    public JoinRule Rule => inner.Rule;
}

/// <summary>A wait, faked: over at once, or never answered.</summary>
internal sealed class FakedWait(WaitLogic inner, TestedNode node, FakeScript fake) : WaitLogic
{
    public override WaitLink? Link => inner.Link;

    public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context)
    {
        if (node.Fake(fake, node.CallWith(context.Data)) is not { } outcome)
            return inner.Begin(context);
        // Where its time is over, a wait takes nothing but that port.
        return (null, outcome.Port is GraphEdge.Timeout ? outcome with { Port = null, TimedOut = true } : outcome);
    }

    public override NodeOutcome OnDue(NodeContext context) => inner.OnDue(context);

    public override NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message) => inner.OnMessage(context, wait, message);
}

/// <summary>A wait as it is, which tells that it began: the test has an answer for it.</summary>
internal sealed class AnsweredWait(WaitLogic inner, TestPlan plan) : WaitLogic
{
    public override WaitLink? Link => inner.Link;

    public override IEnumerable<Problem> CheckStart(Value input, Value? given) => inner.CheckStart(input, given);

    public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context)
    {
        plan.IsAsked = true;
        return inner.Begin(context);
    }

    public override NodeOutcome OnDue(NodeContext context) => inner.OnDue(context);

    public override NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message) => inner.OnMessage(context, wait, message);
}
