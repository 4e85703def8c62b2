using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Nodes.Flow;

/// <summary>Ways to make one list of the outputs of several branches. An output that is no list counts as a list of one.</summary>
internal static class JoinedLists
{
    /// <summary>One after the other.</summary>
    public static ListValue Append(ImmutableArray<Arrival> arrivals) =>
        ListValue.Create(arrivals.SelectMany(arrival => ItemsOf(arrival.Output)));

    /// <summary>Objects at the same place become one; as long as the longest list. Of equal fields the later branch's counts.</summary>
    public static NodeOutcome Zip(ImmutableArray<Arrival> arrivals)
    {
        var rows = new List<MapBuilder>();
        foreach (var arrival in arrivals)
        {
            var items = ItemsOf(arrival.Output);
            for (var i = 0; i < items.Count; i++)
            {
                if (!items[i].TryGetMap(out var map))
                    return NoObject(arrival, i, items[i]);
                if (i == rows.Count)
                    rows.Add(new MapBuilder());
                Merge(rows[i], map);
            }
        }
        return Completed(rows);
    }

    /// <summary>Objects with the same key become one, in the order in which the keys first come.</summary>
    public static NodeOutcome ByKey(ImmutableArray<Arrival> arrivals, FieldPath key)
    {
        var rows = new List<MapBuilder>();
        var places = new Dictionary<Value, int>(DeepValueComparer.Instance);
        foreach (var arrival in arrivals)
        {
            var items = ItemsOf(arrival.Output);
            for (var i = 0; i < items.Count; i++)
            {
                if (!items[i].TryGetMap(out var map))
                    return NoObject(arrival, i, items[i]);
                var found = key.Find(map);
                if (found.IsNull)
                    return Failures.Data($"Item {i} of '{arrival.Source}' has no '{key}' to be merged by.");
                if (!places.TryGetValue(found, out var place))
                {
                    places.Add(found, place = rows.Count);
                    rows.Add(new MapBuilder());
                }
                Merge(rows[place], map);
            }
        }
        return Completed(rows);
    }

    private static void Merge(MapBuilder row, MapValue map)
    {
        foreach (var entry in map.Entries)
            row.Set(entry.Key.AsString(), entry.Value);
    }

    private static NodeOutcome Completed(List<MapBuilder> rows) =>
        NodeOutcome.Completed(ListValue.Create(rows.Select(row => (Value)row.Build())));

    private static NodeOutcome NoObject(Arrival arrival, int index, Value item) =>
        Failures.Data($"Item {index} of '{arrival.Source}' is {Failures.Kind(item)}; only objects can be merged.");

    private static ListValue ItemsOf(Value output) => output.TryGetList(out var list) ? list : ListValue.Own([output]);
}
