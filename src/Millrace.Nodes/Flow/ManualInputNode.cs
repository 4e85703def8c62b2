using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Human;

namespace Millrace.Nodes.Flow;

internal sealed record ManualInputConfig
{
    [Description("Wraps the value: the output is an object with this one field. Without it, the output is the value itself.")]
    public string? Field { get; init; }

    [Description("The value if the start gives none for this node. May be a template.")]
    public Value Value { get; init; }

    [Description("The value if neither the start nor 'value' gives one. May be a template.")]
    public Value Default { get; init; }

    [Description("Whether a value is required; otherwise a missing value is null.")]
    public bool Required { get; init; } = true;

    [VerbatimField]
    [Description(
        "A JSON schema of the value. If there is no value, the execution waits until a person fills it in as a form; the node's "
        + "`timeout` limits the wait.")]
    public Value Form { get; init; }
}

/// <summary>Takes the value given for its own id when the execution is started, or waits until a person has filled in a form.</summary>
internal sealed class ManualInputNode : WaitNodeType<ManualInputConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "manualInput",
        Title = "Manual input",
        Summary = "Takes the value that the start gives for this node, or waits for a form.",
        Category = "Flow",
        Kind = NodeKind.Wait,
        Role = NodeRole.ManualInput,
        Ports = ["timeout"],
    };

    protected override WaitLogic? Compile(ManualInputConfig config, NodeCompilation compilation)
    {
        var (source, field) = config.Value.IsNull ? (config.Default, "/default") : (config.Value, "/value");
        if (compilation.Template(source, field) is not { } fallback || !Form.TryCompile(config.Form, compilation, out var form))
            return null;
        var value = new GivenValue(compilation.Node.Id, config, fallback, field, form);
        if (form is null)
            return new Logic(value);
        return Question.Compile(compilation, form: config.Form) is { } question
            && WaitTimeout.Compile(Value.Null, compilation) is { } timeout
            ? new FormLogic(value, question, timeout)
            : null;
    }

    /// <summary>The value as far as nobody has to be asked.</summary>
    private sealed class GivenValue(string id, ManualInputConfig config, Template fallback, string fallbackField, Schema? form)
    {
        public IEnumerable<Problem> CheckStart(Value? given)
        {
            var at = new SourcePointer("/inputs").At(id).ToString();
            if (given is { } value)
                return form is null
                    ? []
                    : form.Validate(EnteredNumbers.Convert(config.Form, value))
                        .Select(problem => new Problem(at + problem.Pointer, "invalid_input", problem.Message));
            return form is null && config.Required && fallback.Source.IsNull
                ? [
                    new Problem(
                        at,
                        "missing_input",
                        $"Node '{id}' needs a value: give it as inputs.{id} when starting the execution, or set the node's 'value' or "
                            + "'default'."),
                ]
                : [];
        }

        /// <summary>How the node ends without a person; null: somebody must be asked.</summary>
        public NodeOutcome? Find(NodeContext context)
        {
            if (context.Given is { } given)
                return Completed(EnteredNumbers.Convert(config.Form, given));
            var evaluation = fallback.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                return Failures.Of(evaluation, fallbackField);
            if (evaluation.Value.IsNull && form is not null)
                return null;
            return evaluation.Value.IsNull && config.Required
                ? NodeOutcome.Failed("missing_input", $"No value was given for '{id}'; give it as inputs.{id} when starting the execution.")
                : Completed(evaluation.Value);
        }

        public NodeOutcome Completed(Value value) => NodeOutcome.Completed(config.Field is null ? value : MapValue.Of(config.Field, value));
    }

    private sealed class Logic(GivenValue value) : WaitLogic
    {
        public override IEnumerable<Problem> CheckStart(Value input, Value? given) => value.CheckStart(given);

        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context) => (null, value.Find(context));

        public override NodeOutcome OnDue(NodeContext context) => throw new InvalidOperationException("It never waits.");
    }

    private sealed class FormLogic(GivenValue value, Question question, WaitTimeout timeout) : WaitLogic
    {
        public override WaitLink Link { get; } = new(LinkKind.Answer);

        public override IEnumerable<Problem> CheckStart(Value input, Value? given) => value.CheckStart(given);

        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context)
        {
            if (value.Find(context) is { } outcome)
                return (null, outcome);
            return question.TryAsk(context, out var details, out var failure) && timeout.TryDueAt(context, out var due, out failure)
                ? (new NodeWait(NodeWait.Form, due, Details: details), null)
                : (null, failure);
        }

        public override NodeOutcome OnDue(NodeContext context) => new() { Output = context.Data, TimedOut = true };

        public override NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message) =>
            message.Kind is Delivery.Answer ? value.Completed(message.Payload["data"]) : null;
    }
}
