using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Cli.CrashTesting;

/// <summary>A type of node in a drill: its effects are recorded, and its waits answered at once.</summary>
/// <param name="inner">The type as it is.</param>
/// <param name="setup">What is tested.</param>
/// <param name="life">The engine that it runs in.</param>
internal sealed class CrashTestNodeType(NodeType inner, CrashTestSetup setup, EngineLife life) : NodeType
{
    private const string LanguageModel = "llm";
    private const string MockModel = "mock";

    // Their effects reach nothing but the drill's own directory.
    private static readonly ImmutableArray<string> Contained = ["noop", "storage", LanguageModel];

    public override NodeTypeDescription Description => inner.Description;

    public override NodeLogic? Compile(NodeDefinition node, INodeCatalog types, ICollection<Problem> problems)
    {
        var runs = setup.IsLive || Contained.Contains(Description.Type, StringComparer.Ordinal);
        if (!setup.IsLive && Description.Type is LanguageModel && !IsMocked(node.Config))
            node = node with { Config = node.Config.With("model", MockModel) };
        return inner.Compile(node, types, problems) switch
        {
            ExecutableEffect effect => new CrashTestEffect(effect, node.Id, runs ? null : Placeholder(Description.Type), setup, life),
            WaitLogic wait => new AnsweredWait(wait, node.Id, setup.Answers),
            var other => other,
        };
    }

    private static bool IsMocked(MapValue config) =>
        ((Value)config)["model"].TryGetString(out var model) && model.StartsWith(MockModel, StringComparison.Ordinal);

    // What an effect gives that does not happen. Without anything better: what arrived.
    private static Func<EffectContext, Value> Placeholder(string type) => type switch
    {
        "http" => _ => MapValue.Of(("status", 200L), ("headers", MapValue.Empty), ("body", MapValue.Empty)),
        "subworkflow" => _ => MapValue.Empty,
        "undoExecution" => _ => Value.Null,
        _ => context => context.Data,
    };
}

/// <summary>An effect that is recorded each time it happens, and stands in for the real one where that must not.</summary>
internal sealed class CrashTestEffect(
    ExecutableEffect inner, string nodeId, Func<EffectContext, Value>? placeholder, CrashTestSetup setup, EngineLife life)
    : ExecutableEffect(inner.Config, inner.Timeout)
{
    public override TemplateEvaluation Render(NodeContext context) => inner.Render(context);

    public override async ValueTask<NodeOutcome> RunAsync(Value input, EffectContext context, CancellationToken cancellation)
    {
        // Of a process that is dead nothing happens.
        if (life.HasEnded)
            return NodeOutcome.Failed("crashed", "The process is dead.");
        life.Ledger.Add(new HappenedEffect(context.NodeId, context.Iteration, context.Attempt, context.IdempotencyKey, life.IsAfterCrash));
        var outcome = setup.Outputs.TryGet(nodeId, out var pinned) ? NodeOutcome.Completed(pinned)
            : placeholder is not null ? NodeOutcome.Completed(placeholder(context))
            : await inner.RunAsync(input, context, cancellation);
        life.Ledger.Gave(context.NodeId, outcome.Output);
        return outcome;
    }
}

/// <summary>A wait that is over at once: with the answer that was given for it, or with one that does.</summary>
internal sealed class AnsweredWait(WaitLogic inner, string nodeId, MapValue answers) : WaitLogic
{
    public override WaitLink? Link => inner.Link;

    public override IEnumerable<Problem> CheckStart(Value input, Value? given) => inner.CheckStart(input, given);

    // Durable as any wait, and due as soon as it is.
    public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context)
    {
        var (wait, outcome) = inner.Begin(context);
        return (wait is null ? null : wait with { DueAt = context.Now }, outcome);
    }

    public override NodeOutcome OnDue(NodeContext context)
    {
        var (wait, _) = inner.Begin(context);
        if (wait is null || Message(wait) is not { } message)
            return inner.OnDue(context);
        return inner.OnMessage(context, wait, message)
            ?? NodeOutcome.Failed(
                "unanswered",
                $"Node '{nodeId}' does not accept the drill's answer {message.Payload.ToJson()}. Give one with --answers "
                    + $"'{{\"{nodeId}\": ...}}'.");
    }

    // Null: it waits for time alone.
    private Delivery? Message(NodeWait wait)
    {
        var answer = answers.TryGet(nodeId, out var given) ? given : (Value?)null;
        return wait.Kind switch
        {
            Delivery.Signal => new Delivery(Delivery.Signal, wait.Name, answer ?? MapValue.Empty),
            NodeWait.Approval => new Delivery(Delivery.Answer, null, answer ?? MapValue.Of("decision", "approved"), nodeId),
            NodeWait.Form =>
                new Delivery(Delivery.Answer, null, MapValue.Of("data", answer ?? SchemaSample.Of(wait.Details["form"])), nodeId),
            NodeWait.Callback =>
                new Delivery(Delivery.Callback, null, MapValue.Of(("method", "POST"), ("body", answer ?? MapValue.Empty)), nodeId),
            _ => null,
        };
    }
}
