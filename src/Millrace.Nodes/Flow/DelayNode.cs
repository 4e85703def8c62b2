using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record DelayConfig
{
    [TemplatedField(typeof(TimeSpan))]
    [Description("How long to wait: PT30S, 30s, or a number of milliseconds. May be a template.")]
    public Value Duration { get; init; }

    [Description(
        "Instead of a duration: the date and time to wait for, such as 2026-01-31T08:00:00Z. May be a template. A time in the past ends "
        + "the wait at once.")]
    public string? Until { get; init; }
}

/// <summary>Waits for time to pass, in the store only.</summary>
internal sealed class DelayNode : WaitNodeType<DelayConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "delay",
        Aliases = ["wait"],
        Title = "Delay",
        Summary = "Waits for a length of time or until a date, and passes on its data.",
        Category = "Flow",
        Kind = NodeKind.Wait,
    };

    protected override WaitLogic? Compile(DelayConfig config, NodeCompilation compilation)
    {
        if (config.Duration.IsNull == config.Until is null)
        {
            compilation.Error("", "missing_field", "A delay needs either a 'duration' or 'until'.");
            return null;
        }
        var isDuration = config.Until is null;
        var source = isDuration ? config.Duration : config.Until;
        var field = isDuration ? "/duration" : "/until";
        if (compilation.Template(source, field) is not { } template)
            return null;
        var logic = new Logic(template, field, isDuration);
        if (template.IsConstant && logic.DueAt(source, DateTimeOffset.UnixEpoch, out var problem) is null)
            compilation.Error(field, "invalid_value", problem!);
        if (isDuration && Durations.Suspicion(source, 100) is { } doubt)
            compilation.Warning(field, "suspicious_duration", doubt);
        return logic;
    }

    private sealed class Logic(Template template, string field, bool isDuration) : WaitLogic
    {
        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context)
        {
            var evaluation = template.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                return (null, Failures.Of(evaluation, field));
            if (DueAt(evaluation.Value, context.Now, out var problem) is not { } due)
                return (null, Failures.Data(problem!));
            return due <= context.Now ? (null, OnDue(context)) : (new NodeWait("delay", due), null);
        }

        public override NodeOutcome OnDue(NodeContext context) => NodeOutcome.Completed(context.Data);

        public DateTimeOffset? DueAt(Value value, DateTimeOffset now, out string? problem)
        {
            problem = null;
            if (isDuration)
            {
                if (Durations.TryRead(value, out var duration))
                    return now + duration;
                problem = $"The duration is {Text.Of(value)}; it must be {Durations.Expected}.";
                return null;
            }
            if (value.TryGetString(out var text) && Rfc3339.TryParse(text, out var until))
                return until;
            problem = $"'until' is {Text.Of(value)}; it must be {Rfc3339.Expected}.";
            return null;
        }
    }
}
