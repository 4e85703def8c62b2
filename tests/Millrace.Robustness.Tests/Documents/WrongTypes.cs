using Millrace.Core.Values;
using Millrace.Fuzz.Generation;

namespace Millrace.Robustness.Tests.Documents;

/// <summary>Documents and configs that have the wrong kind of value in one place.</summary>
internal static class WrongTypes
{
    /// <summary>One of every kind, and some that only look right.</summary>
    public static readonly Value[] Values =
    [
        Value.Null, true, 0, -1, 1.5, long.MaxValue, "", "{{ 1 }}", "{{", ListValue.Empty, MapValue.Empty, Value.List(Value.List(Value.Null)), MapValue.Of("a", MapValue.Of("b", 1)),
    ];

    /// <summary>The documents of every dialect that there are.</summary>
    public static IEnumerable<Value> Documents => SeedCorpus.Read("json").Where(document => document.Length < 20_000).Select(document => ValueJson.Parse(document));

    /// <summary>Every document with each of its values replaced by each wrong one, and each of its fields left out.</summary>
    public static IEnumerable<Value> OfDocuments() => Documents.SelectMany(Variants);

    /// <summary>For every node type a workflow of one node for each field of its config and each wrong value.</summary>
    /// <param name="types">What GET /api/v1/nodes answers.</param>
    public static IEnumerable<Value> OfConfigs(Value types)
    {
        foreach (var type in types.AsList().ToArray())
        {
            yield return Workflow(type["type"], Value.List("no", "config"));
            var valid = Sample(type["configSchema"], type["configSchema"], 0);
            foreach (var config in Fields(type["configSchema"], valid.TryGetMap(out var map) ? map : MapValue.Empty, type["configSchema"]))
                yield return Workflow(type["type"], config);
        }
    }

    /// <summary>A workflow of one node.</summary>
    public static Value Workflow(Value type, Value config) => MapValue.Of(
        ("name", "One"),
        ("nodes", Value.List(MapValue.Of(("id", "start"), ("type", "start")), MapValue.Of(("id", "one"), ("type", type), ("config", config)))),
        ("edges", Value.List(MapValue.Of(("source", "start"), ("target", "one")))));

    /// <summary>A value that a schema takes, as far as can be told from a look at it.</summary>
    public static Value Sample(Value schema, Value root, int depth)
    {
        if (schema["$ref"].TryGetString(out var reference) && depth < 6)
            return Sample(Follow(root, reference), root, depth + 1);
        if (schema["enum"].TryGetList(out var choices) && choices.Count > 0)
            return choices[0];
        var type = schema["type"].TryGetList(out var types) && types.Count > 0 ? types[0] : schema["type"];
        switch (type.TryGetString(out var name) ? name : "")
        {
            case "object":
                var required = schema["required"].TryGetList(out var names) ? names : ListValue.Empty;
                return MapValue.Create(required.Select(field => KeyValuePair.Create(field.AsString(), Sample(schema["properties"][field.AsString()], root, depth + 1))));
            case "array": return depth < 6 ? Value.List(Sample(schema["items"], root, depth + 1)) : ListValue.Empty;
            case "integer" or "number": return 1;
            case "boolean": return true;
            default: return "{{ input.value }}";
        }
    }

    private static IEnumerable<Value> Fields(Value schema, MapValue valid, Value root)
    {
        if (!schema["properties"].TryGetMap(out var properties))
            yield break;
        foreach (var property in properties.Entries.ToArray())
        {
            var name = property.Key.AsString();
            foreach (var wrong in Values)
                yield return valid.With(name, wrong);
            // One level further in, where lists and maps of records have fields of their own.
            var sample = Sample(property.Value, root, 0);
            foreach (var inner in Variants(sample).Take(60))
                yield return valid.With(name, inner);
        }
    }

    private static Value Follow(Value root, string reference)
    {
        foreach (var segment in reference.Split('/').Skip(1))
            root = root[segment];
        return root;
    }

    private static IEnumerable<Value> Variants(Value tree)
    {
        foreach (var wrong in Values)
            yield return wrong;
        if (tree.TryGetMap(out var map))
        {
            foreach (var entry in map.Entries.ToArray())
            {
                yield return MapValue.Create(map.Entries.ToArray().Where(other => !other.Key.Equals(entry.Key)).Select(other => KeyValuePair.Create(other.Key.AsString(), other.Value)));
                foreach (var variant in Variants(entry.Value))
                    yield return map.With(entry.Key.AsString(), variant);
            }
        }
        else if (tree.TryGetList(out var list))
        {
            for (var i = 0; i < list.Count; i++)
            {
                foreach (var variant in Variants(list[i]))
                {
                    Value[] items = [.. list];
                    items[i] = variant;
                    yield return ListValue.Own(items);
                }
            }
        }
    }
}
