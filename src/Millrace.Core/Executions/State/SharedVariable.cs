using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>A variable that is made of parts. It is put together when somebody asks for it: parts may be many, and each would copy what is there.</summary>
internal interface IMergedVariable
{
    /// <summary>The value with all parts so far.</summary>
    Value Value { get; }
}

/// <summary>A variable that one node after the other adds to.</summary>
internal sealed class AppendedVariable(Value initial) : IMergedVariable
{
    private readonly VariableMerger _merger = new(initial);

    /// <summary>What kind of value it is now.</summary>
    public Shape Shape { get; private set; } = Shapes.Of(initial);

    /// <inheritdoc/>
    public Value Value => _merger.Value;

    /// <summary>Adds a part, which must be one that can be added.</summary>
    public void Add(VariableMerge merge, Value value)
    {
        Shape = Shapes.After(Shape, merge, Shapes.Of(value)) ?? throw new InvalidOperationException(Shapes.Problem);
        _merger.Add(merge, value);
    }
}

/// <summary>
/// A variable that nodes of parallel branches or items set. Its value is made of all their parts in a fixed order, that of the graph and of the
/// items, so that it does not depend on who was faster.
/// </summary>
internal sealed class SharedVariable(Value initial) : IMergedVariable
{
    private readonly List<VariableWrite> _writes = [];
    // What kind of value it is after each.
    private readonly List<Shape> _shapes = [];
    // Those that cannot contradict each other.
    private readonly Dictionary<(VariableMerge Merge, Value Replacement), List<VariableWrite>> _alike = [];
    private VariableMerger _merger = new(initial);
    private int _merged;

    /// <summary>What it was before the first part.</summary>
    public Value Initial { get; } = initial;

    /// <summary>The parts in their order.</summary>
    public IReadOnlyList<VariableWrite> Writes => _writes;

    /// <inheritdoc/>
    public Value Value
    {
        get
        {
            // Whatever came before a value that replaced it is of no more interest.
            var first = _writes.FindLastIndex(_writes.Count - 1, _writes.Count - _merged, write => write.Merge == VariableMerge.Replace);
            for (var i = Math.Max(first, _merged); i < _writes.Count; i++)
                _merger.Add(_writes[i].Merge, _writes[i].Value);
            _merged = _writes.Count;
            return _merger.Value;
        }
    }

    /// <summary>The part of another node that this one contradicts: neither comes before the other, and they cannot be merged; null: none.</summary>
    public VariableWrite? Contradicted(VariableWrite write)
    {
        VariableWrite? first = null;
        var kind = KindOf(write);
        foreach (var (other, writes) in _alike)
        {
            if (other == kind)
                continue;
            foreach (var one in writes)
            {
                if (one.IsSideBySideWith(write) && (first is null || one.OrderTo(first) < 0))
                    first = one;
            }
        }
        return first;
    }

    /// <summary>Whether the value can be made with one more part.</summary>
    public bool Takes(VariableWrite write)
    {
        var place = PlaceOf(write);
        var shape = Shapes.After(ShapeBefore(place), write.Merge, Shapes.Of(write.Value));
        for (var i = place; i < _writes.Count && shape is not null && (i == 0 || shape != _shapes[i - 1]); i++)
            shape = Shapes.After(shape.Value, _writes[i].Merge, Shapes.Of(_writes[i].Value));
        return shape is not null;
    }

    /// <summary>Adds a part, which must be one that it takes.</summary>
    public void Add(VariableWrite write)
    {
        var place = PlaceOf(write);
        if (place < _merged)
            (_merger, _merged) = (new VariableMerger(Initial), 0);
        var shape = ShapeBefore(place);
        _writes.Insert(place, write);
        _shapes.Insert(place, shape);
        for (var i = place; i < _writes.Count; i++)
        {
            shape = Shapes.After(shape, _writes[i].Merge, Shapes.Of(_writes[i].Value)) ?? throw new InvalidOperationException(Shapes.Problem);
            if (i > place && shape == _shapes[i])
                break;
            _shapes[i] = shape;
        }
        if (!_alike.TryGetValue(KindOf(write), out var alike))
            _alike.Add(KindOf(write), alike = []);
        alike.Add(write);
    }

    private Shape ShapeBefore(int place) => place == 0 ? Shapes.Of(Initial) : _shapes[place - 1];

    private static (VariableMerge Merge, Value Replacement) KindOf(VariableWrite write) =>
        (write.Merge, write.Merge == VariableMerge.Replace ? write.Value : Value.Null);

    // Behind those that are equal. Most come in their order, or nearly.
    private int PlaceOf(VariableWrite write)
    {
        var (low, high) = (0, _writes.Count);
        if (high > 0 && _writes[^1].OrderTo(write) <= 0)
            return high;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_writes[middle].OrderTo(write) <= 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
