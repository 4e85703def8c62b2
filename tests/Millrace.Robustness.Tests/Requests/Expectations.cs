using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Robustness.Tests.Connections;

namespace Millrace.Robustness.Tests.Requests;

/// <summary>What must hold of the answer to any request whatever.</summary>
internal static class Expectations
{
    public static readonly TimeSpan MaxAnswerTime = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with an answer; null: nothing.</summary>
    public static string? Complaint(RawRequest request, RawResponse? response)
    {
        if (response is null)
            return request.IsBelowHttp ? null : "the connection was closed without an answer";
        if (ReferenceEquals(response, RawResponse.None))
            return "there is no answer";
        if (request.IsBelowHttp && response is { Status: 505, Closes: true, Body.Length: 0 })
            return null;
        if (response.Status >= 500)
            return $"status {response.Status}: {response.Text}";
        if (response.Status < 400 || string.Equals(request.Method, "HEAD", StringComparison.OrdinalIgnoreCase))
            return null;
        // What is not HTTP is refused before the product sees it: with a bare status and the end of the connection.
        if (request.IsBelowHttp && response is { Closes: true, Body.Length: 0, ContentType: null })
            return null;
        // Whoever opens a link in a browser is told in words.
        if (request.Target.Contains("/answer", StringComparison.Ordinal) && response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true)
            return null;
        if (response.ContentType?.StartsWith("application/problem+json", StringComparison.Ordinal) != true)
            return $"status {response.Status} is sent as '{response.ContentType}'";
        return Problem(response);
    }

    private static string? Problem(RawResponse response)
    {
        Value problem;
        try
        {
            problem = ValueJson.Parse(response.Body);
        }
        catch (JsonException e)
        {
            return $"the problem is no JSON: {e.Message}";
        }
        if (!problem["code"].TryGetString(out var code) || code.Length == 0)
            return $"status {response.Status} has no code: {response.Text}";
        if (!problem["detail"].TryGetString(out var detail) || string.IsNullOrWhiteSpace(detail))
            return $"status {response.Status} has no detail: {response.Text}";
        return problem["status"] == (Value)(long)response.Status ? null : $"status {response.Status} says of itself {problem["status"].ToJson()}";
    }
}
