using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace Millrace.Server.Configuration;

/// <summary>
/// Writes one object a line. What a message and its scopes are made of stands beside it under its own names. Serilog.Expressions would do this in one
/// line, and cost an idle server two megabytes.
/// </summary>
internal sealed class JsonLogFormatter : ITextFormatter
{
    private static readonly JsonValueFormatter Values = new(typeTagName: null);
    // As in text: without quotes around what is text.
    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write("{\"timestamp\":");
        WriteText(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), output);
        WriteField("level", LogLevelNames.Of(logEvent.Level), output);
        if (logEvent.Properties.TryGetValue(Constants.SourceContextPropertyName, out var category))
            WriteField("category", category, output);
        WriteField("message", MessageOf(logEvent), output);
        if (logEvent.Exception is { } exception)
            WriteField("exception", exception.ToString(), output);
        if (logEvent.TraceId is { } trace)
            WriteField("traceId", trace.ToHexString(), output);
        if (logEvent.SpanId is { } span)
            WriteField("spanId", span.ToHexString(), output);
        foreach (var (name, value) in logEvent.Properties)
        {
            if (!string.Equals(name, Constants.SourceContextPropertyName, StringComparison.Ordinal))
                WriteField(name, value, output);
        }
        output.Write("}\n");
    }

    private static string MessageOf(LogEvent logEvent)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Message.Format(logEvent, text);
        return text.ToString();
    }

    private static void WriteField(string name, string text, TextWriter output)
    {
        WriteName(name, output);
        WriteText(text, output);
    }

    private static void WriteField(string name, LogEventPropertyValue value, TextWriter output)
    {
        WriteName(name, output);
        Values.Format(value, output);
    }

    private static void WriteName(string name, TextWriter output)
    {
        output.Write(',');
        WriteText(name, output);
        output.Write(':');
    }

    private static void WriteText(string text, TextWriter output) => JsonValueFormatter.WriteQuotedJsonString(text, output);
}
