using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Nodes.Integration.Services;

/// <summary>Gives the fields of a document the names that its schema has, and reports those that it has not.</summary>
internal static class DocumentFields
{
    /// <summary>The document under the schema's names; free maps, such as headers, keep theirs.</summary>
    public static Value Canonical(Value schema, Value value, string pointer, List<Problem> problems)
    {
        if (!value.TryGetMap(out var map))
            return value;
        if (!schema["properties"].TryGetMap(out var properties))
        {
            return schema["additionalProperties"]["properties"].IsNull
                ? value
                : MapValue.Create(
                    map.Entries.ToArray()
                        .Select(entry =>
                            KeyValuePair.Create(
                                entry.Key.AsString(),
                                Canonical(schema["additionalProperties"], entry.Value, At(pointer, entry.Key.AsString()), problems))));
        }
        var canonical = new MapBuilder();
        foreach (var entry in map.Entries)
        {
            var authored = entry.Key.AsString();
            var name = Names(properties).FirstOrDefault(
                known => string.Equals(known, authored.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));
            if (name is null || canonical.Contains(name))
                problems.Add(
                    new(
                        At(pointer, authored),
                        "unknown_field",
                        name is null
                            ? $"There is no field '{authored}'; there are {string.Join(", ", Names(properties))}."
                            : $"The field '{name}' occurs twice.",
                        ClosestName.Find(authored, Names(properties))));
            else
                canonical.Set(name, Canonical(((Value)properties)[name], entry.Value, At(pointer, authored), problems));
        }
        return canonical.Build();
    }

    private static IEnumerable<string> Names(MapValue properties) => properties.Entries.ToArray().Select(entry => entry.Key.AsString());

    private static string At(string pointer, string name) => $"{pointer}/{JsonPointer.Escape(name)}";
}
