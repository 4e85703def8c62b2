using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Flow;

namespace Millrace.Nodes.Human;

internal sealed record ApprovalConfig
{
    [Description("The question, in a few words. May be a template. By default, the node's name or id.")]
    public string? Title { get; init; }

    [Description("Information for the person who decides. May be a template.")]
    public string? Message { get; init; }

    [Description(
        "Who may decide: a user or a list of users. May be a template. By default, everyone who may run workflows. Administrators, and "
        + "anyone with the link, may always decide.")]
    public Value Assignees { get; init; }

    [VerbatimField]
    [Description("A JSON schema of a form to fill in when approving.")]
    public Value Form { get; init; }

    [TemplatedField(typeof(TimeSpan))]
    [Description("How long to wait; then the port 'timeout' is taken, or, without such an edge, the node fails. By default for ever.")]
    public Value Timeout { get; init; }
}

/// <summary>Waits until a person has approved or rejected something.</summary>
internal sealed class ApprovalNode : WaitNodeType<ApprovalConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "approval",
        Aliases = ["humanApproval"],
        Title = "Approval",
        Summary = "Waits until a person approves or rejects, through the API or by a signed link, and returns {decision, comment, data, "
            + "answeredBy}.",
        Category = "Human",
        Kind = NodeKind.Wait,
        Ports = ["approved", "rejected", "timeout"],
    };

    protected override WaitLogic? Compile(ApprovalConfig config, NodeCompilation compilation)
    {
        var question = Question.Compile(compilation, config.Title, config.Message, config.Assignees, config.Form);
        var timeout = WaitTimeout.Compile(config.Timeout, compilation);
        return question is null || timeout is null ? null : new Logic(question, timeout);
    }

    private sealed class Logic(Question question, WaitTimeout timeout) : WaitLogic
    {
        public override WaitLink Link { get; } = new(LinkKind.Answer);

        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context) =>
            question.TryAsk(context, out var details, out var failure) && timeout.TryDueAt(context, out var due, out failure)
                ? (new NodeWait(NodeWait.Approval, due, Details: details), null)
                : (null, failure);

        public override NodeOutcome OnDue(NodeContext context) => new() { Output = context.Data, TimedOut = true };

        public override NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message)
        {
            if (message.Kind is not Delivery.Answer || !message.Payload["decision"].TryGetString(out var decision))
                return null;
            var output = MapValue.Of(
                ("decision", decision), ("comment", message.Payload["comment"]), ("data", message.Payload["data"]), ("answeredBy", message.Payload["answeredBy"]));
            return NodeOutcome.Completed(output, decision);
        }
    }
}
