using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>
/// What changed between two definitions, by canonical form: <c>{workflow: [change], nodes: {added, removed, changed}, edges: {...}}</c>.
/// Nodes and edges are matched by id. A change is {pointer, before?, after?}; pointers of added and changed things lead into the canonical
/// form of the second definition, those of removed ones into the first's.
/// </summary>
public static class DefinitionDiff
{
    private const int DeepestChange = 8;

    /// <summary>Compares. Equal definitions give empty lists everywhere; moving nodes or edges among themselves changes nothing.</summary>
    public static Value Compare(WorkflowDefinition before, WorkflowDefinition after)
    {
        var (left, right) = (DefinitionWriter.ToValue(before), DefinitionWriter.ToValue(after));
        var changes = new List<Value>();
        CompareMaps(Head(left), Head(right), "", 0, changes);
        return MapValue.Of(
            ("workflow", ListValue.Create(changes)),
            ("nodes", CompareParts(left["nodes"].AsList(), right["nodes"].AsList(), "/nodes")),
            ("edges", CompareParts(left["edges"].AsList(), right["edges"].AsList(), "/edges")));
    }

    /// <summary>Whether a result of <see cref="Compare"/> has no change at all.</summary>
    public static bool IsEmpty(Value diff) =>
        diff["workflow"].AsList().Count == 0
            && new[] { diff["nodes"], diff["edges"] }.All(
                part => part.AsMap().Entries.ToArray().All(entry => entry.Value.AsList().Count == 0));

    private static MapValue Head(Value definition) => MapValue.Create(
        definition.AsMap().Entries.ToArray()
            .Where(entry => entry.Key.AsString() is not ("nodes" or "edges"))
            .Select(entry => KeyValuePair.Create(entry.Key.AsString(), entry.Value)));

    private static Value CompareParts(ListValue before, ListValue after, string pointer)
    {
        var (left, right) = (ById(before), ById(after));
        var added = right
            .Where(part => !left.ContainsKey(part.Key))
            .OrderBy(part => part.Value)
            .Select(part => Whole(part.Key, after, part.Value, pointer, "after"));
        var removed = left
            .Where(part => !right.ContainsKey(part.Key))
            .OrderBy(part => part.Value)
            .Select(part => Whole(part.Key, before, part.Value, pointer, "before"));
        var changed = new List<Value>();
        foreach (var (id, place) in right.OrderBy(part => part.Value))
        {
            var changes = new List<Value>();
            if (left.TryGetValue(id, out var earlier))
                CompareMaps(before[earlier].AsMap(), after[place].AsMap(), $"{pointer}/{place}", 0, changes);
            if (changes.Count > 0)
                changed.Add(MapValue.Of(("id", id), ("pointer", $"{pointer}/{place}"), ("changes", ListValue.Create(changes))));
        }
        return MapValue.Of(
            ("added", ListValue.Create(added)), ("removed", ListValue.Create(removed)), ("changed", ListValue.Create(changed)));
    }

    private static Value Whole(string id, ListValue parts, int place, string pointer, string side) =>
        MapValue.Of(("id", id), ("pointer", $"{pointer}/{place}"), (side, parts[place]));

    private static Dictionary<string, int> ById(ListValue parts)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < parts.Count; i++)
            places.TryAdd(parts[i]["id"].AsString(), i);
        return places;
    }

    private static void CompareMaps(MapValue before, MapValue after, string pointer, int depth, List<Value> changes)
    {
        foreach (var entry in before.Entries)
        {
            if (!after.TryGet(entry.Key, out _))
                changes.Add(MapValue.Of(("pointer", Join(pointer, entry.Key)), ("before", entry.Value)));
        }
        foreach (var entry in after.Entries)
        {
            var place = Join(pointer, entry.Key);
            if (!before.TryGet(entry.Key, out var earlier))
                changes.Add(MapValue.Of(("pointer", place), ("after", entry.Value)));
            else
                CompareValues(earlier, entry.Value, place, depth, changes);
        }
    }

    private static void CompareValues(Value before, Value after, string pointer, int depth, List<Value> changes)
    {
        // 1 and 1.0 are equal to expressions, and yet not the same text.
        if (before.Equals(after) && before.Kind == after.Kind)
            return;
        if (depth < DeepestChange && before.TryGetMap(out var left) && after.TryGetMap(out var right))
            CompareMaps(left, right, pointer, depth + 1, changes);
        else
            changes.Add(MapValue.Of(("pointer", pointer), ("before", before), ("after", after)));
    }

    private static string Join(string pointer, Value key) =>
        $"{pointer}/{JsonPointer.Escape(key.AsString())}";
}
