using System.Collections;

namespace Millrace.Core.Values;

/// <summary>An immutable list of values.</summary>
public sealed class ListValue : HeapValue, IReadOnlyList<Value>
{
    /// <summary>The empty list.</summary>
    public static readonly ListValue Empty = new([]);

    private readonly Value[] _items;

    private ListValue(Value[] items) : base(ValueKind.List) => _items = items;

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public Value this[int index] => _items[index];

    /// <summary>The items, without a copy.</summary>
    public ReadOnlySpan<Value> Span => _items;

    /// <summary>Copies the items into a list.</summary>
    public static ListValue Create(ReadOnlySpan<Value> items) => items.IsEmpty ? Empty : new(items.ToArray());

    /// <summary>Copies the items into a list.</summary>
    public static ListValue Create(IEnumerable<Value> items) => Own([.. items]);

    /// <summary>Takes the array as the list; the caller must not change it afterwards.</summary>
    public static ListValue Own(Value[] items) => items.Length == 0 ? Empty : new(items);

    /// <summary>Enumerates without allocating.</summary>
    public ReadOnlySpan<Value>.Enumerator GetEnumerator() => Span.GetEnumerator();

    IEnumerator<Value> IEnumerable<Value>.GetEnumerator() => ((IEnumerable<Value>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    private protected override int ComputeWeight()
    {
        var weight = 2L + _items.Length;
        foreach (var item in _items)
            weight += item.Weight;
        return Value.Saturate(weight);
    }

    private protected override int ComputeDepth()
    {
        var deepest = 0;
        foreach (var item in _items)
            deepest = Math.Max(deepest, item.Depth);
        return deepest + 1;
    }

    private protected override bool ComputeIsJson()
    {
        foreach (var item in _items)
        {
            if (!item.IsJson)
                return false;
        }
        return true;
    }
}
