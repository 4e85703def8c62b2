using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What is known of a value without making it: enough to say whether a part can be added.</summary>
internal enum Shape : byte
{
    Null,
    List,
    Map,
    Other,
}

/// <summary>What becomes of shapes.</summary>
internal static class Shapes
{
    /// <summary>Why a part cannot be added, where that is so.</summary>
    public const string Problem = "only a list can be appended to";

    public static Shape Of(Value value) => value.Kind switch
    {
        ValueKind.Null => Shape.Null,
        ValueKind.List => Shape.List,
        ValueKind.Map => Shape.Map,
        _ => Shape.Other,
    };

    /// <summary>The shape with a part added; null: it cannot be.</summary>
    public static Shape? After(Shape before, VariableMerge merge, Shape added) => merge switch
    {
        VariableMerge.Append => before is Shape.Null or Shape.List ? Shape.List : null,
        VariableMerge.Deep when before == Shape.Map && added == Shape.Map => Shape.Map,
        _ => added,
    };
}

/// <summary>Makes one value of many, added one after the other. What it made before stays as it is.</summary>
internal sealed class VariableMerger(Value initial)
{
    private Value _value = initial;
    // While maps are merged into it, the value is this.
    private MergedMap? _map;

    public Value Value
    {
        get
        {
            if (_map is { IsChanged: true })
                _value = _map.Build();
            return _value;
        }
    }

    /// <summary>Adds a value that can be added.</summary>
    public void Add(VariableMerge merge, Value added)
    {
        if (merge == VariableMerge.Deep && added.TryGetMap(out var change) && (_map is not null || _value.Kind == ValueKind.Map))
        {
            _map ??= new MergedMap(_value.AsMap());
            _map.Add(change);
            return;
        }
        // Nobody appends to a map.
        _map = null;
        _value = merge == VariableMerge.Append ? Append(_value, added) : added;
    }

    private static ListValue Append(Value before, Value added)
    {
        var list = before.TryGetList(out var known) ? known : ListValue.Empty;
        return added.TryGetList(out var more) ? list.With(more.Span) : list.With(added);
    }

    // No deeper than the values themselves, whose depth is bounded.
    private sealed class MergedMap(MapValue initial)
    {
        private readonly MapBuilder _fields = new(initial);
        private readonly Dictionary<string, MergedMap> _merged = new(StringComparer.Ordinal);

        public bool IsChanged { get; private set; }

        public void Add(MapValue change)
        {
            IsChanged = true;
            foreach (var entry in change.Entries)
                Set(entry.Key.AsString(), entry.Value);
        }

        public MapValue Build()
        {
            foreach (var (key, map) in _merged)
            {
                if (map.IsChanged)
                    _fields.Set(key, map.Build());
            }
            IsChanged = false;
            return _fields.Build();
        }

        private void Set(string key, Value value)
        {
            var isMap = value.TryGetMap(out var change);
            if (isMap && _merged.TryGetValue(key, out var merged))
            {
                merged.Add(change!);
            }
            else if (isMap && _fields.TryGet(key, out var before) && before.TryGetMap(out var map))
            {
                _merged.Add(key, merged = new MergedMap(map));
                merged.Add(change!);
            }
            else
            {
                _merged.Remove(key);
                _fields.Set(key, value);
            }
        }
    }
}
