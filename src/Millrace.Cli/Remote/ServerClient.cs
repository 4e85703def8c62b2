using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Millrace.Cli.Output;
using Millrace.Core.Values;

namespace Millrace.Cli.Remote;

/// <summary>What a server answered.</summary>
/// <param name="Body">The answer; null: none that helps, and the reason has been said.</param>
/// <param name="ExitCode">What that means for the command.</param>
internal sealed record Answer(Value? Body, int ExitCode, string? NextCursor = null);

/// <summary>Talks to a server. What goes wrong is said on standard error, once and in a sentence.</summary>
internal sealed class ServerClient(HttpClient http, Terminal terminal)
{
    public Task<Answer> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, cancellation);

    public Task<Answer> PostAsync(string path, Value body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, body, cancellation);

    /// <summary>Opens a stream of events; null: it cannot be, and the reason has been said.</summary>
    /// <exception cref="HttpRequestException">No server answers.</exception>
    public async Task<HttpResponseMessage?> OpenStreamAsync(string path, long after, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (after > 0)
            request.Headers.Add("Last-Event-ID", after.ToString());
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.IsSuccessStatusCode)
            return response;
        // Such an answer passes: a proxy before a server that is being started, or a server that is ending.
        if (response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
        {
            response.Dispose();
            throw new HttpRequestException("The server is not ready.");
        }
        using (response)
            Refuse(response, await ReadAsync(response, cancellation));
        return null;
    }

    /// <summary>Says that nobody answers.</summary>
    public int Unreachable(Exception e) => terminal.Fail(
        $"No server answers at {http.BaseAddress} ({Reason(e)}). Start one with 'millrace serve', or name another with --server or MILLRACE_SERVER.");

    private async Task<Answer> SendAsync(HttpMethod method, string path, Value? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is { } value)
            request.Content = new ByteArrayContent(value.ToUtf8())
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            var answer = await ReadAsync(response, cancellation);
            if (!response.IsSuccessStatusCode)
                return new Answer(null, Refuse(response, answer));
            return answer is null
                ? new Answer(
                    null,
                    terminal.Fail(
                        $"The server at {http.BaseAddress} is not a Millrace server. Name another with --server or MILLRACE_SERVER."))
                : new Answer(
                    answer, ExitCode.Completed, response.Headers.TryGetValues("X-Next-Cursor", out var cursors) ? cursors.First() : null);
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return new Answer(null, Unreachable(e));
        }
    }

    private static async Task<Value?> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var content = await response.Content.ReadAsByteArrayAsync(cancellation);
        try
        {
            return ValueJson.Parse(content);
        }
        catch (JsonException)
        {
            // Whoever answers in something else is no server of ours; the caller says so.
            return null;
        }
    }

    private int Refuse(HttpResponseMessage response, Value? problem)
    {
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            return terminal.Fail(
                $"The server at {http.BaseAddress} does not know who you are. Give an access token with --token or MILLRACE_TOKEN.");
        if (problem is not { } told || ShownEvent.TextOf(told["detail"]) is not { } detail)
            return terminal.Fail(
                $"The server at {http.BaseAddress} is not a Millrace server (it answered {(int)response.StatusCode} "
                    + $"{response.ReasonPhrase}). Name another with --server or MILLRACE_SERVER.");
        var isInvalid = response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity;
        return terminal.Fail(detail, isInvalid ? ExitCode.Invalid : ExitCode.Failed);
    }

    private static string Reason(Exception e) => e switch
    {
        TaskCanceledException => "it took too long",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "there is no such host",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "the connection was refused",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "no secure connection could be made",
        _ => e.Message.TrimEnd('.'),
    };
}
