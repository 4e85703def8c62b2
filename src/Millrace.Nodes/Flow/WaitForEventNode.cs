using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record WaitForEventConfig
{
    [Description("The signal's name. May be a template.")]
    public required string Name { get; init; }

    [ExpressionField]
    [Description("A CEL condition that the signal must meet; `data` is its payload. Other signals are left for other nodes.")]
    public string? Filter { get; init; }

    [TemplatedField(typeof(TimeSpan))]
    [Description("How long to wait; then the port 'timeout' is taken, or, without such an edge, the node fails. By default for ever.")]
    public Value Timeout { get; init; }
}

/// <summary>Waits for a signal from outside; one that came before is taken at once.</summary>
internal sealed class WaitForEventNode : WaitNodeType<WaitForEventConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "waitForEvent",
        Aliases = ["signal", "waitForSignal"],
        Title = "Wait for an event",
        Summary = "Waits for a signal by its name and returns its payload; a buffered signal is taken at once.",
        Category = "Flow",
        Kind = NodeKind.Wait,
        Ports = ["timeout"],
    };

    protected override WaitLogic? Compile(WaitForEventConfig config, NodeCompilation compilation)
    {
        if (config.Name.Length == 0)
            compilation.Error("/name", "missing_field", "A signal needs a name.");
        var name = compilation.Template(config.Name, "/name");
        var filter = config.Filter is null ? null : compilation.Expression(config.Filter, "/filter");
        var timeout = WaitTimeout.Compile(config.Timeout, compilation);
        return name is null || timeout is null || compilation.HasErrors ? null : new Logic(name, filter, timeout);
    }

    private sealed class Logic(Template name, Expression? filter, WaitTimeout timeout) : WaitLogic
    {
        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context)
        {
            var named = name.Evaluate(context.Scope);
            if (!named.Succeeded)
                return (null, Failures.Of(named, "/name"));
            if (!named.Value.TryGetString(out var text) || text.Length == 0)
                return (null, Failures.Data($"The name of a signal must be text, but is {Failures.Kind(named.Value)}."));
            return timeout.TryDueAt(context, out var due, out var failure)
                ? (new NodeWait(Delivery.Signal, due, text), null)
                : (null, failure);
        }

        public override NodeOutcome OnDue(NodeContext context) => new() { Output = context.Data, TimedOut = true };

        public override NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message)
        {
            if (filter is null)
                return NodeOutcome.Completed(message.Payload);
            // A payload that the filter cannot make sense of is somebody's mistake, and not what is waited for.
            var evaluation = filter.Evaluate(new PayloadScope(context.Scope, message.Payload));
            return evaluation.Succeeded && evaluation.Value.TryGetBool(out var fits) && fits
                ? NodeOutcome.Completed(message.Payload)
                : null;
        }
    }

    // What came is what the filter calls `data`.
    private sealed class PayloadScope(IBindings outer, Value payload) : IBindings
    {
        public bool TryGet(string name, out Value value)
        {
            if (!string.Equals(name, "data", StringComparison.Ordinal))
                return outer.TryGet(name, out value);
            value = payload;
            return true;
        }
    }
}
