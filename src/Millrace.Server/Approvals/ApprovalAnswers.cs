using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Http;

namespace Millrace.Server.Approvals;

/// <summary>Takes people's answers: checks them against what was asked, and stores each once.</summary>
internal sealed class ApprovalAnswers(WorkflowEngine engine, IStore store, TimeProvider time)
{
    public const string Approved = "approved";
    public const string Rejected = "rejected";

    private const int LongestDecision = 100;
    private const int LongestComment = 10_000;

    /// <summary>Answers; the wait as it is then, or what keeps it from being answered so.</summary>
    /// <param name="wait">What is answered.</param>
    /// <param name="body">{decision, comment?, data?}; of a form {data} or {value}.</param>
    /// <param name="by">Who answers.</param>
    /// <param name="idempotency">The caller's key.</param>
    /// <param name="cancellation">Ends the reading, not the answer.</param>
    public async ValueTask<(WaitRecord? Wait, ProblemReply? Problem)> AnswerAsync(WaitRecord wait, MapValue body, string? by, IdempotencyKey? idempotency, CancellationToken cancellation)
    {
        var fields = new BodyFields(body);
        var decision = wait.Kind is NodeWait.Approval ? fields.RequiredText("decision", LongestDecision) : null;
        var comment = fields.Text("comment", LongestComment);
        var data = wait.Kind is NodeWait.Form ? fields.Any("data", "value") : fields.Any("data");
        if ((fields.Problem ?? Check(wait, decision, ref data)) is { } problem)
            return (null, problem);
        var payload = new MapBuilder();
        if (decision is not null)
            payload.Set("decision", decision);
        if (comment is not null)
            payload.Set("comment", comment);
        payload.SetIfPresent("data", data).SetIfPresent("answeredBy", by);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var answer = new WaitAnswer(decision, comment, data.IsNull ? default : new JsonText(data.ToUtf8()), by, now);
        var outcome = await engine.AnswerAsync(wait, Delivery.Answer, payload.Build(), answer, idempotency: idempotency);
        var after = await store.ReadWaitAsync(wait.Tenant, wait.Id, cancellation) ?? wait;
        return outcome is WriteOutcome.Done or WriteOutcome.Duplicate ? (after, null) : (null, Refusal(after));
    }

    /// <summary>Why something can no longer be answered.</summary>
    public static ProblemReply Refusal(WaitRecord wait) => wait.Status == WaitStatus.Answered
        ? ProblemReply.Conflict("already_answered", $"'{wait.Id}' was answered{(wait.Answer is { By: { } by } ? $" by {by}" : "")} already.")
        : ProblemReply.Conflict("no_longer_open", $"'{wait.Id}' can no longer be answered: its time is over, or its execution has gone on without it.");

    private static ProblemReply? Check(WaitRecord wait, string? decision, ref Value data)
    {
        if (decision is not (null or Approved or Rejected))
            return ProblemReply.Invalid($"'{decision}' is no decision. Use approved or rejected.", [new Problem("/decision", "invalid_value", "The decision is approved or rejected.")]);
        // Who rejects need not fill in what only matters if it goes on.
        if (wait.Form.IsEmpty || (decision is Rejected && data.IsNull))
            return null;
        var form = Schema.Compile(ValueJson.Parse(wait.Form.Utf8.Span), out var broken)
            ?? throw new InvalidDataException($"The form of '{wait.Id}' is no schema any more: {broken[0].Message}");
        if (data.IsNull && decision is not null)
            data = MapValue.Empty;
        var problems = form.Validate(data);
        return problems.IsEmpty ? null : ProblemReply.Invalid(
            string.Join(' ', problems.Select(problem => $"/data{problem.Pointer}: {problem.Message}")),
            [.. problems.Select(problem => new Problem("/data" + problem.Pointer, "invalid_input", problem.Message))]);
    }
}
