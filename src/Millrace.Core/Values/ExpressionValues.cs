using NodaTime;

namespace Millrace.Core.Values;

/// <summary>An immutable run of octets.</summary>
public sealed class BytesValue : HeapValue, IEquatable<BytesValue>
{
    private readonly byte[] _octets;

    private BytesValue(byte[] octets) : base(ValueKind.Bytes) => _octets = octets;

    /// <summary>The octets, without a copy.</summary>
    public ReadOnlySpan<byte> Span => _octets;

    /// <summary>Creates a value from a copy of the bytes.</summary>
    public static BytesValue Create(ReadOnlySpan<byte> octets) => new(octets.ToArray());

    /// <summary>Takes the array; the caller must not change it afterwards.</summary>
    public static BytesValue Own(byte[] octets) => new(octets);

    /// <inheritdoc/>
    public bool Equals(BytesValue? other) => other is not null && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BytesValue);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_octets);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Convert.ToBase64String(_octets);

    private protected override int ComputeWeight() => 2 + _octets.Length + (_octets.Length / 3);
}

/// <summary>An instant between the years 1 and 9999, UTC, to the nanosecond.</summary>
public sealed class TimestampValue : HeapValue, IEquatable<TimestampValue>
{
    private static readonly Instant Earliest = Instant.FromUtc(1, 1, 1, 0, 0);

    private TimestampValue(Instant instant) : base(ValueKind.Timestamp) => Instant = instant;

    /// <summary>The point in time.</summary>
    public Instant Instant { get; }

    /// <summary>Makes a timestamp; null before the year 1. The library's own instants end with the year 9999.</summary>
    public static TimestampValue? TryCreate(Instant instant) => instant >= Earliest ? new(instant) : null;

    /// <summary>An instant so many nanoseconds later (earlier where negative); null outside the years 1 to 9999.</summary>
    public static TimestampValue? TryShift(Instant from, Int128 nanoseconds)
    {
        var earliest = (Earliest - from).ToInt128Nanoseconds();
        var latest = (Instant.MaxValue - from).ToInt128Nanoseconds();
        return nanoseconds >= earliest && nanoseconds <= latest ? new(from + NodaTime.Duration.FromNanoseconds(nanoseconds)) : null;
    }

    /// <inheritdoc/>
    public bool Equals(TimestampValue? other) => other is not null && Instant == other.Instant;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TimestampValue);

    /// <inheritdoc/>
    public override int GetHashCode() => Instant.GetHashCode();

    /// <summary>RFC 3339 text in UTC, such as 2026-01-31T08:00:00.5Z.</summary>
    public override string ToString() => NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant);

    private protected override int ComputeWeight() => 32;
}

/// <summary>A length of time in whole nanoseconds, up to about 292 years either way.</summary>
public sealed class DurationValue : HeapValue, IEquatable<DurationValue>
{
    /// <summary>Creates a duration of a number of nanoseconds.</summary>
    public DurationValue(long nanoseconds) : base(ValueKind.Duration) => Nanoseconds = nanoseconds;

    /// <summary>The length in nanoseconds; negative is backwards.</summary>
    public long Nanoseconds { get; }

    /// <inheritdoc/>
    public bool Equals(DurationValue? other) => other is not null && Nanoseconds == other.Nanoseconds;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DurationValue);

    /// <inheritdoc/>
    public override int GetHashCode() => Nanoseconds.GetHashCode();

    /// <summary>Seconds with a unit, such as "90s" or "-1.5s".</summary>
    public override string ToString()
    {
        const long PerSecond = 1_000_000_000;
        var (seconds, rest) = Math.DivRem(Nanoseconds, PerSecond);
        if (rest == 0)
            return $"{seconds}s";
        var sign = Nanoseconds < 0 ? "-" : "";
        var fraction = Math.Abs(rest).ToString("D9").TrimEnd('0');
        return $"{sign}{Math.Abs(seconds)}.{fraction}s";
    }

    private protected override int ComputeWeight() => 24;
}

/// <summary>A type, as <c>type(x)</c> gives it.</summary>
public sealed class TypeValue : HeapValue, IEquatable<TypeValue>
{
    private static readonly TypeValue[] ByKind = [.. Enum.GetValues<ValueKind>().Select(kind => new TypeValue(NameOf(kind)))];

    private TypeValue(string name) : base(ValueKind.Type) => Name = name;

    /// <summary>The name CEL gives the type, such as "int" or "google.protobuf.Timestamp".</summary>
    public string Name { get; }

    /// <summary>The type of values of a kind.</summary>
    public static TypeValue Of(ValueKind kind) => ByKind[(int)kind];

    /// <summary>The type with a name, or null.</summary>
    public static TypeValue? Find(string name) => Array.Find(ByKind, type => string.Equals(type.Name, name, StringComparison.Ordinal));

    /// <inheritdoc/>
    public bool Equals(TypeValue? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TypeValue);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private protected override int ComputeWeight() => Name.Length + 2;

    private static string NameOf(ValueKind kind) => kind switch
    {
        ValueKind.Null => "null_type",
        ValueKind.Bool => "bool",
        ValueKind.Int => "int",
        ValueKind.Double => "double",
        ValueKind.String => "string",
        ValueKind.List => "list",
        ValueKind.Map => "map",
        ValueKind.UInt => "uint",
        ValueKind.Bytes => "bytes",
        ValueKind.Timestamp => "google.protobuf.Timestamp",
        ValueKind.Duration => "google.protobuf.Duration",
        ValueKind.Type => "type",
        ValueKind.Optional => "optional_type",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>A value that may be absent.</summary>
public sealed class OptionalValue : HeapValue, IEquatable<OptionalValue>
{
    /// <summary>The optional without a value.</summary>
    public static readonly OptionalValue None = new(false, Value.Null);

    private OptionalValue(bool hasValue, Value value) : base(ValueKind.Optional)
    {
        HasValue = hasValue;
        Value = value;
    }

    /// <summary>Whether there is a value.</summary>
    public bool HasValue { get; }

    /// <summary>The value; null where there is none.</summary>
    public Value Value { get; }

    /// <summary>Creates an optional that has a value.</summary>
    public static OptionalValue Of(Value value) => new(true, value);

    /// <inheritdoc/>
    public bool Equals(OptionalValue? other) => other is not null && HasValue == other.HasValue && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OptionalValue);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(HasValue, Value);

    private protected override int ComputeWeight() => Value.Weight;

    private protected override int ComputeDepth() => Value.Depth;
}
