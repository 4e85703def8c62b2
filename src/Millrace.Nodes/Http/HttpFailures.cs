using System.Globalization;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Nodes.Http;

/// <summary>The ways in which a call fails, and whether another attempt may help.</summary>
internal static class HttpFailures
{
    private const int DetailBytes = 4 * 1024;
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    /// <summary>Whether an exception is one that calls fail with; being told to end is not.</summary>
    public static bool IsExpected(Exception e, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested
            && e is HttpRequestException or SecretBoundException or IOException or InvalidDataException or OperationCanceledException;

    /// <summary>A call that got no whole response.</summary>
    public static NodeOutcome Of(Exception e, string title)
    {
        if (e is SecretBoundException bound)
            return NodeOutcome.Failed("blocked", bound.Message);
        if (e.InnerException is AddressRefusedException refused)
            return NodeOutcome.Failed("blocked", refused.Message);
        var isOurLimit = e is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded };
        return NodeOutcome.Failed("network", $"{title} failed: {NetworkFailures.Explain(e)}.", retryable: !isOurLimit);
    }

    /// <summary>A response whose status is no success.</summary>
    public static async Task<NodeOutcome> OfStatusAsync(
        HttpCall call, HttpResponseMessage response, DateTimeOffset now, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        var (bytes, isComplete) = await HttpResponseReader.ReadAsync(response, DetailBytes, cancellation);
        var body = HttpResponseReader.Decode(response, bytes, isComplete ? HttpResponseKind.Auto : HttpResponseKind.Text).Value;
        var details = MapValue.Of(("status", (long)status), ("headers", HttpResponseReader.Headers(response)), ("body", body));
        var reason = response.ReasonPhrase is { Length: > 0 } phrase
            ? $"{status} ({phrase})"
            : status.ToString(CultureInfo.InvariantCulture);
        return NodeOutcome.Failed(
            new NodeError(
                "http", $"{call.Title} answered {reason}.", status is 408 or 425 or 429 or >= 500, RetryAfter(response, now), details));
    }

    /// <summary>A response that is larger than the config allows.</summary>
    public static NodeOutcome TooLarge(HttpCall call, HttpConfig config, MapValue head) =>
        WithDetails(
            $"The response of {call.Title} has more than {config.MaxResponseBytes} bytes; raise 'maxResponseBytes' if it should be larger.",
            head);

    /// <summary>A response that is not what the config asks for.</summary>
    public static NodeOutcome Unreadable(HttpCall call, string why, MapValue head) =>
        WithDetails($"The response of {call.Title} cannot be read: {why}.", head);

    /// <summary>A response that cannot be used, whenever it comes.</summary>
    public static NodeOutcome WithDetails(string message, Value details) =>
        NodeOutcome.Failed(new NodeError("http", message, Details: details));

    // Whole seconds, as the header has them; a server cannot put an execution to sleep for years.
    internal static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - now : null;
        if (asked is not { } wait || wait <= TimeSpan.Zero)
            return null;
        return wait > MaxRetryAfter ? MaxRetryAfter : TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds));
    }
}
