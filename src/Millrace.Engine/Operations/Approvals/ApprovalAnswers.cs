using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;

namespace Millrace.Engine.Operations.Approvals;

/// <summary>
/// What waits for people, approvals and forms: looks at it, and takes each answer once, after checking it against what was asked.
/// </summary>
public sealed class ApprovalAnswers(WorkflowEngine engine, IStore store, SignedLinks links, TimeProvider time)
{
    /// <summary>A decision: it goes on.</summary>
    public const string Approved = "approved";

    /// <summary>A decision: it does not go on as it would have.</summary>
    public const string Rejected = "rejected";

    /// <summary>The most characters of a comment.</summary>
    public const int MaxCommentLength = 10_000;

    private const string AnsweredByLink = "link";

    /// <summary>The kinds of waits that people end.</summary>
    private static readonly ImmutableArray<string> Kinds = [NodeWait.Approval, NodeWait.Form];

    /// <summary>A page of approvals and forms, those of the latest executions first.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="filter">Which; kinds of waits that are not for people are never among them.</param>
    /// <param name="page">The page to read.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async ValueTask<Outcome<Listed<WaitRecord>>> ListAsync(
        Caller caller, WaitFilter filter, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await Listing.ReadAsync(
            page, part => store.ListWaitsAsync(caller.Tenant, filter with { Kinds = Kinds }, part, cancellation), wait => wait.Id);
    }

    /// <summary>An approval or form, with its link for those who may answer it.</summary>
    public async ValueTask<Outcome<ShownApproval>> ReadAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        if (await FindAsync(caller.Tenant, id, cancellation) is not { } wait)
            return new Refusal.NotFound("approval", id);
        return new ShownApproval(
            wait,
            wait.Status == WaitStatus.Open && MayAnswer(caller, wait)
                ? links.LinkTo(AddressOf(wait), new WaitLink(LinkKind.Answer))
                : null);
    }

    /// <summary>Answers one; as it is then.</summary>
    public async ValueTask<Outcome<WaitRecord>> AnswerAsync(
        Caller caller, string id, ApprovalAnswer answer, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        if (await FindAsync(caller.Tenant, id, cancellation) is not { } wait)
            return new Refusal.NotFound("approval", id);
        return MayAnswer(caller, wait)
            ? await AnswerAsync(wait, answer, caller.User, IdempotencyKey.In("approval/" + wait.Id, key), cancellation)
            : new Refusal.Forbidden(
                "not_assigned", $"'{wait.Id}' can only be answered by {string.Join(", ", wait.Assignees)} or an administrator.");
    }

    /// <summary>What a link asks. Its token is all the right that it takes.</summary>
    /// <param name="id">The id in the link.</param>
    /// <param name="token">The token in the link.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async ValueTask<Outcome<WaitRecord>> FindByLinkAsync(string id, string? token, CancellationToken cancellation)
    {
        var address = token is null ? null : links.Verify(token, LinkKind.Answer);
        if (address is null || !string.Equals(address.Id, id, StringComparison.Ordinal))
            return new Refusal.NotFound("This link is incomplete. Open it exactly as you received it.");
        if (await store.ReadWaitAsync(address.Tenant, id, cancellation) is { } wait)
            return wait;
        var execution = await store.ReadExecutionAsync(address.Tenant, address.ExecutionId, cancellation);
        return execution is null || execution.Status.IsTerminal()
            ? new Refusal.NotFound("There is no longer anything to answer here.")
            : new Refusal.Conflict("not_yet_open", "The workflow has not reached this question yet. Try again later.");
    }

    /// <summary>Answers what a link asks; as it is then.</summary>
    /// <param name="id">The id in the link.</param>
    /// <param name="token">The token in the link.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    /// <param name="cancellation">Ends the reading, not the answer.</param>
    public async ValueTask<Outcome<WaitRecord>> AnswerByLinkAsync(
        string id, string? token, ApprovalAnswer answer, string? key, CancellationToken cancellation) =>
        (await FindByLinkAsync(id, token, cancellation)).IsDone(out var wait, out var refusal)
            ? await AnswerAsync(wait, answer, AnsweredByLink, IdempotencyKey.In("link/" + wait.Id, key), cancellation)
            : refusal;

    private async ValueTask<Outcome<WaitRecord>> AnswerAsync(
        WaitRecord wait, ApprovalAnswer answer, string? by, IdempotencyKey? idempotency, CancellationToken cancellation)
    {
        var data = answer.Data;
        if ((CheckFields(wait, answer) ?? CheckForm(wait, answer.Decision, ref data)) is { } invalid)
            return invalid;
        var payload = new MapBuilder();
        if (answer.Decision is not null)
            payload.Set("decision", answer.Decision);
        if (answer.Comment is not null)
            payload.Set("comment", answer.Comment);
        payload.SetIfPresent("data", data).SetIfPresent("answeredBy", by);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var stored = new WaitAnswer(answer.Decision, answer.Comment, data.IsNull ? default : new JsonText(data.ToUtf8()), by, now);
        var outcome = await engine.AnswerAsync(wait, Delivery.Answer, payload.Build(), stored, idempotency: idempotency);
        var after = await store.ReadWaitAsync(wait.Tenant, wait.Id, cancellation) ?? wait;
        return outcome is WriteOutcome.Done or WriteOutcome.Duplicate ? after : Closed(after);
    }

    private async ValueTask<WaitRecord?> FindAsync(string tenant, string id, CancellationToken cancellation) =>
        await store.ReadWaitAsync(tenant, id, cancellation) is { } wait && Kinds.Contains(wait.Kind, StringComparer.Ordinal) ? wait : null;

    private static bool MayAnswer(Caller caller, WaitRecord wait) => caller.May(Permission.RunWorkflows)
        && (caller.May(Permission.AnswerForOthers)
            || wait.Assignees.IsEmpty
            || wait.Assignees.Contains(caller.User ?? "", StringComparer.Ordinal));

    private static WaitAddress AddressOf(WaitRecord wait) => new(wait.Tenant, wait.ExecutionId, wait.NodeId, wait.Iteration);

    // Why something can no longer be answered.
    private static Refusal.Conflict Closed(WaitRecord wait) => wait.Status == WaitStatus.Answered
        ? new Refusal.Conflict("already_answered", $"'{wait.Id}' was already answered{(wait.Answer is { By: { } by } ? $" by {by}" : "")}.")
        : new Refusal.Conflict(
            "no_longer_open", $"'{wait.Id}' can no longer be answered: it timed out, or its execution continued without it.");

    private static Refusal? CheckFields(WaitRecord wait, ApprovalAnswer answer)
    {
        var check = new CommandCheck().Text("/comment", answer.Comment, MaxCommentLength);
        return (wait.Kind is NodeWait.Approval
            ? check
                .That(answer.Decision is not null, "/decision", "missing_field", "'decision' is missing. Use approved or rejected.")
                .That(
                    answer.Decision is null or Approved or Rejected,
                    "/decision",
                    "invalid_value",
                    $"'{answer.Decision}' is not a decision. Use approved or rejected.")
            : check.That(answer.Decision is null, "/decision", "unknown_field", "A form takes no 'decision', only 'data'.")).Refusal;
    }

    private static Refusal.Invalid? CheckForm(WaitRecord wait, string? decision, ref Value data)
    {
        // Who rejects need not fill in what only matters if it goes on.
        if (wait.Form.IsEmpty || (decision is Rejected && data.IsNull))
            return null;
        var schema = ValueJson.Parse(wait.Form.Utf8.Span);
        var form = Schema.Compile(schema, out var broken)
            ?? throw new InvalidDataException($"The form of '{wait.Id}' is not a valid schema: {broken[0].Message}");
        if (data.IsNull && decision is not null)
            data = MapValue.Empty;
        data = EnteredNumbers.Convert(schema, data);
        var problems = form.Validate(data);
        return problems.IsEmpty ? null : new Refusal.Invalid(
            string.Join(' ', problems.Select(problem => $"/data{problem.Pointer}: {problem.Message}")),
            [.. problems.Select(problem => new Problem("/data" + problem.Pointer, "invalid_input", problem.Message))]);
    }
}

/// <summary>An answer to an approval or form.</summary>
/// <param name="Decision"><see cref="ApprovalAnswers.Approved"/> or <see cref="ApprovalAnswers.Rejected"/>; null: none, as for a
/// form.</param>
/// <param name="Comment">What the person says to it; null: nothing.</param>
/// <param name="Data">The values of the form.</param>
public sealed record ApprovalAnswer(string? Decision, string? Comment, Value Data);

/// <summary>An approval or form.</summary>
/// <param name="Wait">As stored.</param>
/// <param name="Link">The link that lets anybody answer it; null: it cannot be answered, or not by this caller.</param>
public sealed record ShownApproval(WaitRecord Wait, string? Link);
