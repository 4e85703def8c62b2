using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Orchestration;

/// <summary>
/// Asks a service that the operator configured, wherever it is. It follows no redirect: that would lead away from what was named, token and
/// all.
/// </summary>
internal sealed class ServiceClient(ServiceEndpoint service, OutgoingHttp http)
{
    /// <summary>The longest answer that is read.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    /// <summary>The longest name of a tool, an agent or a conversation.</summary>
    public const int MaxNameLength = 200;

    /// <summary>How long a task may take whose node has no timeout.</summary>
    public static readonly TimeSpan MaxTaskTime = TimeSpan.FromDays(1);

    public ServiceEndpoint Service => service;

    /// <summary>A client for a service. The addresses of services are the operator's own, so every network will do.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The connections live as long as the process.")]
    public static ServiceClient To(ServiceEndpoint service) => new(service, new OutgoingHttp(AddressGuard.Allowing("0.0.0.0/0, ::/0")));

    /// <summary>Warns, at save, where the service is not configured.</summary>
    public void Check(NodeCompilation compilation)
    {
        if (service.Problem is { } problem)
            compilation.Warning("", "not_configured", problem);
    }

    /// <summary>Sends a request to the service and reads its response.</summary>
    /// <param name="path">What follows the service's address, escaped.</param>
    /// <param name="what">What is asked for, for people: "the tool 'search'".</param>
    /// <param name="question">The fields of the body that are the node's own; who asks is added.</param>
    /// <param name="context">The attempt.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async ValueTask<ServiceOutcome> AskAsync(
        string path, string what, MapBuilder question, EffectContext context, CancellationToken cancellation)
    {
        if (service.Url is not { } url)
            return new ServiceOutcome.Failed(new NodeError("not_configured", $"Node '{context.NodeId}' cannot run. {service.Problem}"));
        try
        {
            using var request = Request(new Uri(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + path), question, context);
            using var response = await http.SendAsync(request, cancellation);
            var (bytes, isWhole) = await HttpResponseReader.ReadAsync(response, MaxBytes, cancellation);
            return isWhole
                ? Read(response, bytes, what, context)
                : Failure("", $"The {service.Title}'s response for {what} has more than {MaxBytes} bytes.", isRetryable: false, context);
        }
        catch (Exception e) when (HttpFailures.IsExpected(e, cancellation))
        {
            return Failure(
                "network",
                $"The {service.Title} could not be called for {what}: {NetworkFailures.Explain(e)}. Its address is in "
                    + $"{service.UrlSetting}.",
                isRetryable: true,
                context);
        }
    }

    private HttpRequestMessage Request(Uri url, MapBuilder question, EffectContext context)
    {
        Value body = question
            .Set("executionId", context.ExecutionId)
            .Set("workflowId", context.WorkflowId)
            .Set("nodeId", context.NodeId)
            .Set("iteration", context.Iteration)
            .Set("attempt", context.Attempt).Set("tenantId", context.Tenant).Set("traceId", ServiceTrace.IdOf(context.ExecutionId))
            .Build();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body.ToUtf8()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.TryAddWithoutValidation("Idempotency-Key", KeyOf(context));
        request.Headers.TryAddWithoutValidation("traceparent", ServiceTrace.ParentOf(context));
        if (service.Token is not { } token)
            return request;
        context.Secrets.Add(service.TokenSetting, token);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return request;
    }

    // A node's id may hold what no header can.
    private static string KeyOf(EffectContext context) =>
        context.IdempotencyKey.All(c => c is > ' ' and < '\x7f') ? context.IdempotencyKey : Uri.EscapeDataString(context.IdempotencyKey);

    private ServiceOutcome Read(HttpResponseMessage response, byte[] bytes, string what, EffectContext context)
    {
        var body = Value.Null;
        string? problem = null;
        try
        {
            body = bytes.Length == 0 ? body : ValueJson.Parse(bytes);
        }
        catch (JsonException e)
        {
            problem = ValueJson.Explain(e);
        }
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted))
            return Refused(response, body, what, context);
        return problem is null
            ? new ServiceOutcome.Answered(response.StatusCode == HttpStatusCode.Accepted, body)
            : Failure("", $"The {service.Title}'s response for {what} is not JSON: {problem}.", isRetryable: false, context);
    }

    private ServiceOutcome.Failed Refused(HttpResponseMessage response, Value body, string what, EffectContext context)
    {
        var status = (int)response.StatusCode;
        var error = body["error"];
        var said = error["message"].TryGetString(out var message) ? $" It says: {message}" : "";
        var (type, sentence) = status switch
        {
            401 or 403 => ("auth", $"The {service.Title} refused the token ({status}); check {service.TokenSetting}.{said}"),
            404 => ("not_found", $"The {service.Title} does not know {what} ({status}); if it should, check {service.UrlSetting}.{said}"),
            429 => ("rate_limit", $"The {service.Title} received too many requests ({status}).{said}"),
            >= 300 and < 400 =>
                ("", $"The {service.Title} redirects ({status}), which is not followed; set {service.UrlSetting} to the final address."),
            _ => ("", $"The {service.Title} answered {status} for {what}.{said}"),
        };
        if (type.Length == 0 && error["type"].TryGetString(out var own))
            type = own;
        var isRetryable = type is not "auth"
            && (error["retryable"].TryGetBool(out var says) ? says : status is 408 or 425 or 429 or >= 500);
        var failure = Failure(type, sentence, isRetryable, context, body).Error;
        return new ServiceOutcome.Failed(
            failure with
            {
                RetryAfter = HttpFailures.RetryAfter(response, context.Time.GetUtcNow()),
                Details = failure.Details.AsMap().With("status", status),
            });
    }

    private ServiceOutcome.Failed Failure(string type, string message, bool isRetryable, EffectContext context, Value body = default) =>
        new(
            new NodeError(
                type.Length == 0 ? service.Name : type,
                message,
                isRetryable,
                Details: ServiceAnswer.Meta(body, ServiceTrace.IdOf(context.ExecutionId))));
}

/// <summary>What came of asking a service. The set is closed.</summary>
internal abstract record ServiceOutcome
{
    private ServiceOutcome()
    {
    }

    /// <summary>The service answered with a success.</summary>
    /// <param name="IsTask">Whether it has only begun.</param>
    /// <param name="Body">The body of the response.</param>
    public sealed record Answered(bool IsTask, Value Body) : ServiceOutcome;

    /// <summary>The service refused, failed, or could not be reached.</summary>
    /// <param name="Error">Why, and whether it is worth another attempt.</param>
    public sealed record Failed(NodeError Error) : ServiceOutcome;
}
