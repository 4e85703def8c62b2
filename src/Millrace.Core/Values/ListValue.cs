using System.Collections;
using System.Runtime.CompilerServices;

namespace Millrace.Core.Values;

/// <summary>An immutable list of values.</summary>
public sealed class ListValue : HeapValue, IReadOnlyList<Value>
{
    /// <summary>The empty list.</summary>
    public static readonly ListValue Empty = new([]);

    private readonly Value[] _items;
    // Of a list made by With: how much of the array is taken, by this list or by longer ones that share it.
    private readonly StrongBox<int>? _taken;

    private ListValue(Value[] items) : this(items, items.Length, null)
    {
    }

    private ListValue(Value[] items, int count, StrongBox<int>? taken) : base(ValueKind.List) =>
        (_items, Count, _taken) = (items, count, taken);

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Value this[int index] => Span[index];

    /// <summary>The items, without a copy.</summary>
    public ReadOnlySpan<Value> Span => _items.AsSpan(0, Count);

    /// <summary>Copies the items into a list.</summary>
    public static ListValue Create(ReadOnlySpan<Value> items) => items.IsEmpty ? Empty : new(items.ToArray());

    /// <summary>Copies the items into a list.</summary>
    public static ListValue Create(IEnumerable<Value> items) => Own([.. items]);

    /// <summary>Takes the array as the list; the caller must not change it afterwards.</summary>
    public static ListValue Own(Value[] items) => items.Length == 0 ? Empty : new(items);

    /// <summary>
    /// This list with more items behind it. Adding to the list that came of the last such call costs as much as what is added, however long
    /// the list is: both share one array. Adding twice to the same list copies it.
    /// </summary>
    public ListValue With(params ReadOnlySpan<Value> more)
    {
        if (more.IsEmpty)
            return this;
        var count = Count + more.Length;
        if (_taken is null || count > _items.Length || Interlocked.CompareExchange(ref _taken.Value, count, Count) != Count)
            return CopyWith(more, count);
        more.CopyTo(_items.AsSpan(Count));
        return new(_items, count, _taken);
    }

    private ListValue CopyWith(ReadOnlySpan<Value> more, int count)
    {
        var items = new Value[Math.Max(4, count * 2)];
        Span.CopyTo(items);
        more.CopyTo(items.AsSpan(Count));
        return new(items, count, new(count));
    }

    /// <summary>Enumerates without allocating.</summary>
    public ReadOnlySpan<Value>.Enumerator GetEnumerator() => Span.GetEnumerator();

    IEnumerator<Value> IEnumerable<Value>.GetEnumerator() => new ArraySegment<Value>(_items, 0, Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<Value>)this).GetEnumerator();

    private protected override int ComputeWeight()
    {
        var weight = 2L + Count;
        foreach (var item in Span)
            weight += item.Weight;
        return Value.Saturate(weight);
    }

    private protected override int ComputeDepth()
    {
        var deepest = 0;
        foreach (var item in Span)
            deepest = Math.Max(deepest, item.Depth);
        return deepest + 1;
    }

    private protected override bool ComputeIsJson()
    {
        foreach (var item in Span)
        {
            if (!item.IsJson)
                return false;
        }
        return true;
    }
}
