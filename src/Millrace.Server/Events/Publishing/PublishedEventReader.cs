using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Events;
using Millrace.Server.Http;

namespace Millrace.Server.Events.Publishing;

/// <summary>Reads the three forms in which CloudEvents come over HTTP: structured, batched and binary.</summary>
internal static class PublishedEventReader
{
    /// <summary>How many events one request may bring.</summary>
    public const int MaxEvents = 1_000;

    private const string AttributePrefix = "ce-";
    private const string Structured = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private const string Json = "application/json";

    /// <summary>The events of a request; what is wrong with them is added to the problems.</summary>
    public static (IReadOnlyList<CloudEvent> Events, ProblemReply? Refusal) Read(HttpRequest request, RequestContent body, ICollection<Problem> problems)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value?.ToLowerInvariant() : null;
        // Their presence is what tells the binary form; no web page can send such a header without being asked first.
        if (type is not (Structured or Batch) && request.Headers.ContainsKey(AttributePrefix + "specversion"))
            return ReadBinary(request, type, body, problems);
        if (type is not (Structured or Batch or Json))
        {
            return ([], new ProblemReply(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type",
                $"The events were sent as '{request.ContentType ?? "nothing in particular"}'. Send them as {Structured}, {Batch} or {Json}, or one in "
                    + "binary mode, with ce-specversion, ce-id, ce-source and ce-type as headers."));
        }
        if (!TryParse(body.Utf8.Span, out var value, out var refusal))
            return ([], refusal);
        return type is Batch || value.TryGetList(out _) ? (ReadAll(value, problems), null) : (Some(CloudEventReader.Read(value, "", problems)), null);
    }

    private static List<CloudEvent> ReadAll(Value value, ICollection<Problem> problems)
    {
        var events = new List<CloudEvent>();
        if (!value.TryGetList(out var list))
            problems.Add(new("", "wrong_type", "A batch is a list of events."));
        else if (list.Count > MaxEvents)
            problems.Add(new("", "too_many", $"A batch has at most {MaxEvents} events; this one has {list.Count}."));
        else
        {
            for (var i = 0; i < list.Count; i++)
                events.AddRange(Some(CloudEventReader.Read(list[i], $"/{i}", problems)));
        }
        return events;
    }

    private static (IReadOnlyList<CloudEvent> Events, ProblemReply? Refusal) ReadBinary(HttpRequest request, string? type, RequestContent body, ICollection<Problem> problems)
    {
        var whole = new MapBuilder();
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(AttributePrefix, StringComparison.OrdinalIgnoreCase))
                whole.Set(name[AttributePrefix.Length..].ToLowerInvariant(), Uri.UnescapeDataString(values.ToString()));
        }
        if (request.ContentType is { } contentType)
            whole.Set("datacontenttype", contentType);
        if (body.Bytes.Length > 0 && (type is Json || type?.EndsWith("+json", StringComparison.Ordinal) == true))
        {
            if (!TryParse(body.Utf8.Span, out var data, out var refusal))
                return ([], refusal);
            whole.Set("data", data);
        }
        else if (body.Bytes.Length > 0 && type?.StartsWith("text/", StringComparison.Ordinal) == true)
            whole.Set("data", body.Text);
        else if (body.Bytes.Length > 0)
            whole.Set("data_base64", Convert.ToBase64String(body.Bytes));
        return (Some(CloudEventReader.Read(whole.Build(), "", problems)), null);
    }

    private static bool TryParse(ReadOnlySpan<byte> body, out Value value, out ProblemReply? refusal)
    {
        refusal = null;
        value = Value.Null;
        try
        {
            value = ValueJson.Parse(body);
        }
        catch (JsonException e)
        {
            refusal = ProblemReply.Malformed("malformed_json", $"The body is not valid JSON: {ValueJson.Explain(e)}.");
        }
        return refusal is null;
    }

    private static CloudEvent[] Some(CloudEvent? one) => one is null ? [] : [one];
}
