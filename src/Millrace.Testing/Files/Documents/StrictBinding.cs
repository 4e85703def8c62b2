using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Testing.Files.Documents;

/// <summary>
/// Binds parts of a document to records: what has no place in them is as wrong as what has another type. Collects every problem.
/// </summary>
internal sealed class StrictBinding
{
    private readonly List<Problem> _problems = [];

    public IReadOnlyList<Problem> Problems => _problems;

    public void Add(string pointer, string code, string message) => _problems.Add(new Problem(pointer, code, message));

    /// <summary>A part of the document as a record; null, with problems added, where it is none.</summary>
    public T? Bind<T>(Value value, string pointer) where T : class
    {
        var found = Strict<T>.Compiled.Validate(value);
        foreach (var problem in found)
            Add(pointer + problem.Pointer, CodeOf(problem.Keyword), Sentence(problem, Strict<T>.Schema));
        if (!found.IsEmpty || !value.TryGetMap(out var map))
            return null;
        if (ConfigBinder.TryBind<T>(map, out var misfit) is { } bound)
            return bound;
        Add(pointer + misfit!.Pointer, "invalid_value", misfit.Message);
        return null;
    }

    private static string CodeOf(string keyword) => keyword switch
    {
        "required" => "missing_field",
        "additionalProperties" => "unknown_field",
        "type" => "wrong_type",
        _ => "invalid_value",
    };

    private static string Sentence(SchemaProblem problem, Value schema)
    {
        if (problem.Keyword is not "additionalProperties")
            return problem.Message;
        var segments = problem.Pointer.Split('/')[1..];
        var names = NamesAt(schema, segments.AsSpan(0, segments.Length - 1));
        var hint = ClosestName.Hint(segments[^1], names);
        return $"There is no field '{segments[^1]}' here{(hint.Length > 0 ? hint : $"; the fields are {string.Join(", ", names)}.")}";
    }

    private static List<string> NamesAt(Value root, ReadOnlySpan<string> segments)
    {
        var schema = root;
        foreach (var segment in segments)
        {
            schema = Resolved(root, schema);
            schema = !schema["properties"][segment].IsNull
                ? schema["properties"][segment]
                : schema["additionalProperties"].Kind == ValueKind.Map
                ? schema["additionalProperties"]
                : schema["items"];
        }
        var properties = Resolved(root, schema)["properties"];
        return properties.IsNull ? [] : [.. properties.AsMap().Entries.ToArray().Select(entry => entry.Key.AsString())];
    }

    private static Value Resolved(Value root, Value schema) =>
        schema["$ref"].TryGetString(out var reference) ? Core.Definitions.Documents.JsonPointer.Follow(root, reference[1..]) : schema;

    /// <summary>The schema of a record that allows nothing else.</summary>
    private static class Strict<T> where T : class
    {
        public static readonly Value Schema = Closed(ConfigSchema.Derive(typeof(T)));

        public static readonly Schema Compiled = Core.Schemas.Schema.Compile(Schema, out var problems)
            ?? throw new InvalidOperationException($"The schema of {typeof(T).Name} is not in the subset: {problems[0].Message}");

        private static Value Closed(Value schema)
        {
            if (!schema.TryGetMap(out var map))
                return schema;
            var builder = new MapBuilder();
            foreach (var entry in map.Entries)
            {
                var key = entry.Key.AsString();
                builder.Set(key, key switch
                {
                    "properties" =>
                        MapValue.Create(
                            entry.Value
                                .AsMap().Entries
                                .ToArray()
                                .Select(property => KeyValuePair.Create(property.Key.AsString(), Closed(property.Value)))),
                    "items" or "additionalProperties" => Closed(entry.Value),
                    _ => entry.Value,
                });
            }
            return map.TryGet("properties", out _) ? builder.Set("additionalProperties", false).Build() : builder.Build();
        }
    }
}
