using System.Buffers;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Engine.Events;

/// <summary>Reads events in the structured form (CloudEvents 1.0, JSON), and says what is wrong with those that are none.</summary>
public static class CloudEventReader
{
    private const int MaxAttributeLength = 64;

    private static readonly SearchValues<char> AttributeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");

    /// <summary>Reads one; null with problems added.</summary>
    /// <param name="value">The event.</param>
    /// <param name="pointer">Where it is in the document.</param>
    /// <param name="problems">Receives the problems found.</param>
    public static CloudEvent? Read(Value value, string pointer, ICollection<Problem> problems)
    {
        var before = problems.Count;
        if (!value.TryGetMap(out var map))
        {
            problems.Add(new(pointer, "wrong_type", "An event is an object."));
            return null;
        }
        if (!value["specversion"].Equals(CloudEvent.SpecVersion))
            problems.Add(new(pointer + "/specversion", "invalid_value", "'specversion' must be \"1.0\"."));
        var id = Text(value, "id", CloudEvent.MaxNameLength, isRequired: true, pointer, problems);
        var type = Text(value, "type", CloudEvent.MaxNameLength, isRequired: true, pointer, problems);
        var source = Text(value, "source", CloudEvent.MaxReferenceLength, isRequired: true, pointer, problems);
        var subject = Text(value, "subject", CloudEvent.MaxReferenceLength, isRequired: false, pointer, problems);
        CheckForms(value, source, pointer, problems);
        var attributes = Attributes(map, pointer, problems);
        var base64 = value["data_base64"];
        if (!base64.IsNull && (!base64.TryGetString(out var encoded) || !System.Buffers.Text.Base64.IsValid(encoded)))
            problems.Add(new(pointer + "/data_base64", "invalid_value", "'data_base64' must be bytes in base64."));
        if (!base64.IsNull && !value["data"].IsNull)
            problems.Add(new(pointer + "/data_base64", "invalid_value", "An event has 'data' or 'data_base64', not both."));
        if (problems.Count > before)
            return null;
        var read = new CloudEvent(id!, source!, type!, subject, attributes, value["data"], base64.TryGetString(out var bytes) ? bytes : null);
        if (((Value)read.ToValue()).ToUtf8().Length <= CloudEvent.LargestBytes)
            return read;
        problems.Add(new(pointer, "too_large", $"The event has more than {CloudEvent.LargestBytes / 1024} KiB. Store large data elsewhere, and put its address into the event."));
        return null;
    }

    // Attributes are texts, numbers and booleans; names that this reader does not know are extensions.
    private static MapValue Attributes(MapValue map, string pointer, ICollection<Problem> problems)
    {
        var attributes = new MapBuilder();
        foreach (var entry in map.Entries)
        {
            var name = entry.Key.AsString();
            if (name is "data" or "data_base64" || entry.Value.IsNull)
                continue;
            var at = $"{pointer}/{JsonPointer.Escape(name)}";
            if (name.Length is 0 or > MaxAttributeLength || name.AsSpan().ContainsAnyExcept(AttributeCharacters))
                problems.Add(new(at, "invalid_name", $"'{name}' cannot be an attribute: names of attributes have lower-case letters and digits. The content of an event belongs in 'data'."));
            else if (entry.Value.Kind is ValueKind.List or ValueKind.Map)
                problems.Add(new(at, "wrong_type", $"The attribute '{name}' must be text, a number or a boolean. The content of an event belongs in 'data'."));
            else
                attributes.Set(name, entry.Value);
        }
        return attributes.Build();
    }

    private static void CheckForms(Value value, string? source, string pointer, ICollection<Problem> problems)
    {
        if (source is not null && !Uri.TryCreate(source, UriKind.RelativeOrAbsolute, out _))
            problems.Add(new(pointer + "/source", "invalid_value", "'source' must be a URI, such as https://example.com/orders or /orders."));
        if (!value["time"].IsNull
            && !(
                value["time"].TryGetString(out var time)
                    && Rfc3339.TryParse(time, out _)
                    && time.Contains('T', StringComparison.OrdinalIgnoreCase)))
            problems.Add(new(pointer + "/time", "invalid_value", "'time' must be a time such as 2026-11-27T10:00:00Z."));
        if (!value["datacontenttype"].IsNull && !(value["datacontenttype"].TryGetString(out var media) && System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(media, out _)))
            problems.Add(new(pointer + "/datacontenttype", "invalid_value", "'datacontenttype' must be a media type, such as application/json."));
        if (!value["dataschema"].IsNull && !(value["dataschema"].TryGetString(out var schema) && Uri.TryCreate(schema, UriKind.Absolute, out _)))
            problems.Add(new(pointer + "/dataschema", "invalid_value", "'dataschema' must be an absolute URI."));
    }

    private static string? Text(Value value, string name, int longest, bool isRequired, string pointer, ICollection<Problem> problems)
    {
        if (value[name].IsNull && !isRequired)
            return null;
        if (value[name].TryGetString(out var text) && text.Length > 0 && text.Length <= longest)
            return text;
        problems.Add(value[name].IsNull
            ? new(pointer, "missing_field", $"An event needs '{name}'.")
            : new($"{pointer}/{name}", "invalid_value", $"'{name}' must be text of 1 to {longest} characters."));
        return null;
    }
}
