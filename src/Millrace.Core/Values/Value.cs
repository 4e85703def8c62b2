using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Millrace.Core.Values;

/// <summary>
/// An immutable value: all of JSON, plus what expressions add. Sixteen bytes; numbers and booleans are held inline,
/// so that evaluating a condition allocates nothing. Equality is CEL's: 1 == 1.0 == 1u, lists and maps by content.
/// </summary>
public readonly partial struct Value : IEquatable<Value>
{
    // Either a ScalarTag (the value is in _bits), a string, or a HeapValue. null is JSON null.
    private readonly object? _reference;
    private readonly long _bits;

    private Value(object? reference, long bits)
    {
        _reference = reference;
        _bits = bits;
    }

    /// <summary>JSON null, the default.</summary>
    public static Value Null => default;

    /// <summary>The kind of this value.</summary>
    public ValueKind Kind => _reference switch
    {
        null => ValueKind.Null,
        string => ValueKind.String,
        _ => Unsafe.As<HeapValue>(_reference).Kind,
    };

    /// <summary>Whether this is null.</summary>
    public bool IsNull => _reference is null;

    /// <summary>Makes a boolean.</summary>
    public static Value From(bool value) => new(ScalarTag.Bool, value ? 1 : 0);

    /// <summary>Makes an integer.</summary>
    public static Value From(long value) => new(ScalarTag.Int, value);

    /// <summary>Makes an unsigned integer.</summary>
    public static Value From(ulong value) => new(ScalarTag.UInt, unchecked((long)value));

    /// <summary>Makes a double.</summary>
    public static Value From(double value) => new(ScalarTag.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Makes text; null gives null.</summary>
    public static Value From(string? value) => new(value, 0);

    /// <summary>Wraps a list, map or other heap value; null gives null.</summary>
    public static Value From(HeapValue? value) => new(value, 0);

    /// <summary>Makes a list.</summary>
    public static Value List(params ReadOnlySpan<Value> items) => From(ListValue.Create(items));

    /// <summary>Converts a boolean.</summary>
    public static implicit operator Value(bool value) => From(value);

    /// <summary>Converts an integer.</summary>
    public static implicit operator Value(long value) => From(value);

    /// <summary>Converts a double.</summary>
    public static implicit operator Value(double value) => From(value);

    /// <summary>Converts text.</summary>
    public static implicit operator Value(string? value) => From(value);

    /// <summary>Converts a list, map or other heap value.</summary>
    public static implicit operator Value(HeapValue? value) => From(value);

    /// <summary>The boolean. Only for kind Bool.</summary>
    public bool AsBool() => Kind == ValueKind.Bool ? _bits != 0 : throw Mismatch(ValueKind.Bool);

    /// <summary>The integer. Only for kind Int.</summary>
    public long AsInt() => Kind == ValueKind.Int ? _bits : throw Mismatch(ValueKind.Int);

    /// <summary>The unsigned integer. Only for kind UInt.</summary>
    public ulong AsUInt() => Kind == ValueKind.UInt ? unchecked((ulong)_bits) : throw Mismatch(ValueKind.UInt);

    /// <summary>The double. Only for kind Double.</summary>
    public double AsDouble() => Kind == ValueKind.Double ? BitConverter.Int64BitsToDouble(_bits) : throw Mismatch(ValueKind.Double);

    /// <summary>The text. Only for kind String.</summary>
    public string AsString() => _reference as string ?? throw Mismatch(ValueKind.String);

    /// <summary>The list. Only for kind List.</summary>
    public ListValue AsList() => _reference as ListValue ?? throw Mismatch(ValueKind.List);

    /// <summary>The map. Only for kind Map.</summary>
    public MapValue AsMap() => _reference as MapValue ?? throw Mismatch(ValueKind.Map);

    /// <summary>The heap object behind a value of kind List, Map, Bytes, Timestamp, Duration, Type or Optional; else null.</summary>
    public HeapValue? AsHeap() => _reference is HeapValue heap and not ScalarTag ? heap : null;

    /// <summary>The octets. Only for kind Bytes.</summary>
    public BytesValue AsBytes() => _reference as BytesValue ?? throw Mismatch(ValueKind.Bytes);

    /// <summary>The instant. Only for kind Timestamp.</summary>
    public TimestampValue AsTimestamp() => _reference as TimestampValue ?? throw Mismatch(ValueKind.Timestamp);

    /// <summary>The length of time. Only for kind Duration.</summary>
    public DurationValue AsDuration() => _reference as DurationValue ?? throw Mismatch(ValueKind.Duration);

    /// <summary>The type. Only for kind Type.</summary>
    public TypeValue AsType() => _reference as TypeValue ?? throw Mismatch(ValueKind.Type);

    /// <summary>The optional. Only for kind Optional.</summary>
    public OptionalValue AsOptional() => _reference as OptionalValue ?? throw Mismatch(ValueKind.Optional);

    /// <summary>Whether this is text, and which.</summary>
    public bool TryGetString([NotNullWhen(true)] out string? text) => (text = _reference as string) is not null;

    /// <summary>Whether this is a map, and which.</summary>
    public bool TryGetMap([NotNullWhen(true)] out MapValue? map) => (map = _reference as MapValue) is not null;

    /// <summary>Whether this is a list, and which.</summary>
    public bool TryGetList([NotNullWhen(true)] out ListValue? list) => (list = _reference as ListValue) is not null;

    /// <summary>Whether this is an Int, and which.</summary>
    public bool TryGetInt(out long value)
    {
        value = _bits;
        return ReferenceEquals(_reference, ScalarTag.Int);
    }

    /// <summary>Whether this is a Double, and which.</summary>
    public bool TryGetDouble(out double value)
    {
        value = BitConverter.Int64BitsToDouble(_bits);
        return ReferenceEquals(_reference, ScalarTag.Double);
    }

    /// <summary>Whether this is an optional, and which.</summary>
    public bool TryGetOptional([NotNullWhen(true)] out OptionalValue? optional) => (optional = _reference as OptionalValue) is not null;

    /// <summary>Whether this is a Bool, and which.</summary>
    public bool TryGetBool(out bool value)
    {
        value = _bits != 0;
        return ReferenceEquals(_reference, ScalarTag.Bool);
    }

    /// <summary>
    /// The member of this map under a key, or null where this is no map or has no such key. For reading documents, not for expressions.
    /// </summary>
    public Value this[string key] => _reference is MapValue map && map.TryGet(key, out var value) ? value : default;

    private InvalidOperationException Mismatch(ValueKind wanted) => new($"The value is {Kind}, not {wanted}.");

    private sealed class ScalarTag(ValueKind kind) : HeapValue(kind)
    {
        public static readonly ScalarTag Bool = new(ValueKind.Bool);
        public static readonly ScalarTag Int = new(ValueKind.Int);
        public static readonly ScalarTag UInt = new(ValueKind.UInt);
        public static readonly ScalarTag Double = new(ValueKind.Double);
    }
}

/// <summary>What a <see cref="Value"/> holds by reference, text apart.</summary>
public abstract class HeapValue
{
    private protected HeapValue(ValueKind kind) => Kind = kind;

    private int _weight;
    private int _depth;
    private byte _isJson;

    /// <summary>The kind of the value that wraps this.</summary>
    public ValueKind Kind { get; }

    // These facts are computed at most a few times and then remembered: the writes are idempotent, so no lock is needed.
    internal int Weight => _weight != 0 ? _weight : _weight = ComputeWeight();

    // One more than it is, so that zero can mean unknown.
    internal int Depth => (_depth != 0 ? _depth : _depth = ComputeDepth() + 1) - 1;

    internal bool IsJson
    {
        get
        {
            if (_isJson == 0)
                _isJson = ComputeIsJson() ? (byte)1 : (byte)2;
            return _isJson == 1;
        }
    }

    private protected virtual int ComputeWeight() => 8;

    private protected virtual int ComputeDepth() => 0;

    private protected virtual bool ComputeIsJson() => false;
}
