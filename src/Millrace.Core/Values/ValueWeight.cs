namespace Millrace.Core.Values;

public readonly partial struct Value
{
    /// <summary>
    /// Roughly how many bytes of JSON this value is, shared parts counted each time they occur; saturates at <see cref="int.MaxValue"/>.
    /// Remembered by lists and maps, so that a small value which unfolds into an enormous document is recognised at once.
    /// </summary>
    public int Weight => _reference switch
    {
        null => 4,
        string text => text.Length + 2,
        _ => System.Runtime.CompilerServices.Unsafe.As<HeapValue>(_reference).Weight,
    };

    /// <summary>How many lists and maps are nested in one another; 0 for what is neither. Remembered as <see cref="Weight"/> is.</summary>
    public int Depth => _reference is ListValue or MapValue or OptionalValue ? ((HeapValue)_reference).Depth : 0;

    /// <summary>Whether this is JSON as it stands: null, bool, int, finite double, text, lists and maps with text keys of those.</summary>
    public bool IsJson => _reference switch
    {
        null or string => true,
        ListValue or MapValue => ((HeapValue)_reference).IsJson,
        // A whole number is an int wherever one can hold it.
        _ => Kind switch
        {
            ValueKind.Bool or ValueKind.Int => true,
            ValueKind.UInt => AsUInt() > long.MaxValue,
            ValueKind.Double => double.IsFinite(AsDouble()),
            _ => false,
        },
    };

    internal static int Saturate(long weight) => (int)Math.Min(weight, int.MaxValue);
}
