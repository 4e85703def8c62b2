using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

/// <summary>How long a node waits: its config's `timeout`, or else the timeout that every node can have.</summary>
internal sealed class WaitTimeout
{
    private readonly Template? _template;
    private readonly TimeSpan? _fallback;

    private WaitTimeout(Template? template, TimeSpan? fallback) => (_template, _fallback) = (template, fallback);

    /// <summary>Reads it; null with an error added where it is no length of time.</summary>
    public static WaitTimeout? Compile(Value timeout, NodeCompilation compilation)
    {
        if (timeout.IsNull)
            return new WaitTimeout(null, compilation.Node.Timeout);
        if (compilation.Template(timeout, "/timeout") is not { } template)
            return null;
        if (template.IsConstant && !Durations.TryRead(timeout, out _))
            compilation.Error("/timeout", "invalid_value", Problem(timeout));
        if (Durations.Suspicion(timeout, 1_000) is { } doubt)
            compilation.Warning("/timeout", "suspicious_duration", doubt);
        return new WaitTimeout(template, null);
    }

    /// <summary>When the wait ends; null: never. False with a failure where that cannot be said.</summary>
    public bool TryDueAt(NodeContext context, out DateTimeOffset? due, out NodeOutcome? failure)
    {
        failure = null;
        due = context.Now + _fallback;
        if (_template is null)
            return true;
        var evaluation = _template.Evaluate(context.Scope);
        if (!evaluation.Succeeded)
            failure = Failures.Of(evaluation, "/timeout");
        else if (evaluation.Value.IsNull)
            due = null;
        else if (Durations.TryRead(evaluation.Value, out var length))
            due = context.Now + length;
        else
            failure = Failures.Data(Problem(evaluation.Value));
        return failure is null;
    }

    private static string Problem(Value value) => $"The timeout is {Text.Of(value)}; it must be {Durations.Expected}.";
}
