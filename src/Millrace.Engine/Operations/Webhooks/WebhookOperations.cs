using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Operations.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Webhooks;

namespace Millrace.Engine.Operations.Webhooks;

/// <summary>
/// Calls from outside that begin executions. Who calls is the transport's to check, as the webhook says (<see
/// cref="ICalledLogic.Callers"/>): it knows the
/// request as it came.
/// </summary>
public sealed class WebhookOperations
{
    /// <summary>The longest that a caller waits for an end or an answer.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(60);

    private readonly WebhookIndex _webhooks;
    private readonly ExecutionStarts _starts;
    private readonly ExecutionHistory _history;
    private readonly WebhookResponses _responses;
    private readonly TimeProvider _time;

    internal WebhookOperations(
        WebhookIndex webhooks, ExecutionStarts starts, ExecutionHistory history, WebhookResponses responses, TimeProvider time) =>
        (_webhooks, _starts, _history, _responses, _time) = (webhooks, starts, history, responses, time);

    /// <summary>The webhooks of active workflows at a path, the one that is asked first in front.</summary>
    public ValueTask<ImmutableArray<WebhookStart>> FindAsync(string tenant, string path, CancellationToken cancellation) =>
        _webhooks.FindAsync(tenant, path, cancellation);

    /// <summary>Starts what a webhook starts, and waits for what its caller is to be answered.</summary>
    /// <param name="tenant">Whose webhook it is.</param>
    /// <param name="webhook">The webhook.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellation">Ends the waiting; the execution goes on.</param>
    public async ValueTask<Outcome<WebhookResult>> StartAsync(
        string tenant, WebhookStart webhook, WebhookCall call, CancellationToken cancellation)
    {
        var request = new StartRequest
        {
            Tenant = tenant,
            WorkflowId = webhook.WorkflowId,
            Input = call.Input,
            TriggerType = "webhook",
            StartNode = webhook.NodeId,
            Idempotency = KeyOf(webhook, call),
        };
        if (!(await _starts.CreateAsync(request, cancellation)).IsDone(out var execution, out var refusal))
            return refusal;
        var wait = Deadline.Limit(MaxWait, call.ExpiresAt, _time.GetUtcNow());
        switch (webhook.Logic.Answer)
        {
            case WebhookAnswer.Wait:
                execution = await _starts.WaitAsync(execution, wait, cancellation);
                break;
            case WebhookAnswer.Respond:
                (var response, execution) = await _responses.WaitAsync(execution, wait, cancellation);
                if (!response.IsNull)
                    return await RespondedAsync(tenant, response, cancellation);
                break;
            default:
                return new WebhookResult.Started(execution.Id);
        }
        if (!execution.Status.IsTerminal())
            return new WebhookResult.Started(execution.Id);
        var hasResult = execution.Status == ExecutionStatus.Completed;
        return new WebhookResult.Ended(hasResult ? await _history.InFullAsync(execution, cancellation) : execution);
    }

    private async ValueTask<WebhookResult> RespondedAsync(string tenant, Value response, CancellationToken cancellation)
    {
        if (FileValue.TryRead(response["body"]) is not { } file)
            return new WebhookResult.Responded(response, null);
        return await _history.OpenFileAsync(tenant, file.Blob, cancellation) is { } opened
            ? new WebhookResult.Responded(response, opened)
            : new WebhookResult.FileMissing();
    }

    // A key that anybody can write beside a signed delivery would let it in a second time.
    private static IdempotencyKey? KeyOf(WebhookStart webhook, WebhookCall call) => call.DeliveryId is { } delivery
        ? new IdempotencyKey($"webhook/{webhook.WorkflowId}/delivery", delivery)
        : IdempotencyKey.In($"webhook/{webhook.WorkflowId}", call.Key);
}

/// <summary>A call of a webhook.</summary>
/// <param name="Input">What the execution is started with.</param>
/// <param name="DeliveryId">The id of the delivery, where its caller has signed that; null: none.</param>
/// <param name="Key">The caller's idempotency key; null: none.</param>
public sealed record WebhookCall(Value Input, string? DeliveryId, string? Key)
{
    /// <summary>From when on the caller's authentication no longer counts: nobody is kept waiting beyond; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>What the caller of a webhook is answered. The set is closed.</summary>
public abstract record WebhookResult
{
    /// <summary>The execution is stored and runs; what it comes to, its caller is not told.</summary>
    public sealed record Started(string ExecutionId) : WebhookResult;

    /// <summary>The execution has ended.</summary>
    /// <param name="Execution">It; where it has completed, with its values in full.</param>
    public sealed record Ended(ExecutionRecord Execution) : WebhookResult;

    /// <summary>A node of the execution has answered.</summary>
    /// <param name="Response">{status, headers, body}.</param>
    /// <param name="File">The file that is the body, for whoever gets this to dispose; null: the body is in the response.</param>
    public sealed record Responded(Value Response, OpenedFile? File) : WebhookResult;

    /// <summary>A node of the execution has answered with a file that is no longer there.</summary>
    public sealed record FileMissing : WebhookResult;
}
