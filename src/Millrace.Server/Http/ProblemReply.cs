using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Millrace.Core.Definitions;

namespace Millrace.Server.Http;

/// <summary>An error answer: problem details (RFC 9457) with a stable code, and every single problem where there are several.</summary>
internal sealed class ProblemReply(int status, string code, string detail) : Reply
{
    public int Status => status;

    public string Code => code;

    public string Detail => detail;

    /// <summary>What is wrong with the parts of the request.</summary>
    public IReadOnlyList<Problem> Errors { get; init; } = [];

    /// <summary>Seconds after which to try again; null: there is no telling.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>What the log has this error under; null: it is not logged.</summary>
    public string? TraceId { get; init; }

    public static ProblemReply Malformed(string code, string detail) => new(StatusCodes.Status400BadRequest, code, detail);

    public static ProblemReply InvalidParameter(string name, string detail) =>
        new(StatusCodes.Status400BadRequest, "invalid_parameter", detail) { Errors = [new Problem("", "invalid_parameter", $"{name}: {detail}")] };

    public static ProblemReply UnknownParameter(string name, string? guess)
    {
        var detail = $"There is no query parameter '{name}'{(guess is null ? "." : $"; did you mean '{guess}'?")}";
        return new(StatusCodes.Status400BadRequest, "unknown_parameter", detail) { Errors = [new Problem("", "unknown_parameter", detail, guess)] };
    }

    public static ProblemReply NotFound(string what, string id) => new(StatusCodes.Status404NotFound, "not_found", $"There is no {what} '{id}'.");

    public static ProblemReply Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public static ProblemReply Invalid(string detail, IReadOnlyList<Problem> problems) => new(StatusCodes.Status422UnprocessableEntity, "invalid", detail) { Errors = problems };

    public override Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = status;
        if (RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString();
        return JsonBuffer.SendAsync(context.Response, "application/problem+json; charset=utf-8", this, static (writer, problem) => problem.Write(writer));
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "about:blank");
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
        writer.WriteNumber("status", status);
        writer.WriteString("code", code);
        writer.WriteString("detail", detail);
        if (TraceId is not null)
            writer.WriteString("traceId", TraceId);
        if (Errors.Count > 0)
            ProblemJson.WriteAll(writer, "errors", Errors);
        writer.WriteEndObject();
    }
}

/// <summary>Writes located problems: {pointer, line?, column?, code, message, suggestion?, path? [{node, port?}]}.</summary>
internal static class ProblemJson
{
    public static void WriteAll(Utf8JsonWriter writer, string name, IEnumerable<Problem> problems)
    {
        writer.WriteStartArray(name);
        foreach (var problem in problems)
            Write(writer, problem);
        writer.WriteEndArray();
    }

    private static void WritePath(Utf8JsonWriter writer, ImmutableArray<PathStep> path)
    {
        writer.WriteStartArray("path");
        foreach (var step in path)
        {
            writer.WriteStartObject();
            writer.WriteString("node", step.Node);
            if (step.Port is { } port)
                writer.WriteString("port", port);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, Problem problem)
    {
        writer.WriteStartObject();
        writer.WriteString("pointer", problem.Pointer);
        if (problem.Line is { } line)
            writer.WriteNumber("line", line);
        if (problem.Column is { } column)
            writer.WriteNumber("column", column);
        writer.WriteString("code", problem.Code);
        writer.WriteString("message", problem.Message);
        if (problem.Suggestion is { } suggestion)
            writer.WriteString("suggestion", suggestion);
        if (!problem.Path.IsEmpty)
            WritePath(writer, problem.Path);
        writer.WriteEndObject();
    }
}
