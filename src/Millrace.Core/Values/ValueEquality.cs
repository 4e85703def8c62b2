namespace Millrace.Core.Values;

public readonly partial struct Value
{
    /// <summary>
    /// Equality as CEL has it: numbers compare by value across kinds, lists and maps by content, other kinds only with their own.
    /// </summary>
    public bool Equals(Value other)
    {
        if (IsNumber(this) && IsNumber(other))
            return NumbersEqual(this, other);
        if (Kind != other.Kind)
            return false;
        return Kind switch
        {
            ValueKind.Null => true,
            ValueKind.Bool => _bits == other._bits,
            ValueKind.String => string.Equals((string)_reference!, (string)other._reference!, StringComparison.Ordinal),
            ValueKind.List => ListsEqual(AsList(), other.AsList()),
            ValueKind.Map => MapsEqual(AsMap(), other.AsMap()),
            _ => _reference!.Equals(other._reference),
        };
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Kind switch
    {
        ValueKind.Null => 0,
        ValueKind.Bool => _bits == 0 ? 1 : 2,
        ValueKind.Int => HashNumber(_bits),
        ValueKind.UInt => HashNumber(unchecked((ulong)_bits)),
        ValueKind.Double => HashNumber(AsDouble()),
        ValueKind.String => string.GetHashCode((string)_reference!, StringComparison.Ordinal),
        ValueKind.List => HashCode.Combine(ValueKind.List, AsList().Count),
        ValueKind.Map => HashCode.Combine(ValueKind.Map, AsMap().Count),
        _ => _reference!.GetHashCode(),
    };

    /// <summary>Equality as CEL has it.</summary>
    public static bool operator ==(Value left, Value right) => left.Equals(right);

    /// <summary>Inequality as CEL has it.</summary>
    public static bool operator !=(Value left, Value right) => !left.Equals(right);

    // Numbers that are equal across kinds must hash alike, so all hash as doubles; adding zero makes -0.0 into 0.0.
    // The halves go through the seeded HashCode, because the plain hash of a double is easily made to collide.
    private static int HashNumber(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number + 0.0);
        return HashCode.Combine((int)bits, (int)(bits >> 32));
    }

    private static bool IsNumber(Value value) => value.Kind is ValueKind.Int or ValueKind.UInt or ValueKind.Double;

    private static bool NumbersEqual(Value left, Value right) => (left.Kind, right.Kind) switch
    {
        (ValueKind.Double, ValueKind.Double) => left.AsDouble() == right.AsDouble(),
        (ValueKind.Double, _) => IntegerEqualsDouble(right, left.AsDouble()),
        (_, ValueKind.Double) => IntegerEqualsDouble(left, right.AsDouble()),
        (ValueKind.Int, ValueKind.UInt) or (ValueKind.UInt, ValueKind.Int) => left._bits == right._bits && left._bits >= 0,
        _ => left._bits == right._bits,
    };

    private static bool IntegerEqualsDouble(Value integer, double number) => integer.Kind == ValueKind.Int
        ? number is >= -9223372036854775808.0 and < 9223372036854775808.0 && (long)number == integer._bits && Math.Floor(number) == number
        : number is >= 0 and < 18446744073709551616.0 && (ulong)number == unchecked((ulong)integer._bits) && Math.Floor(number) == number;

    private static bool ListsEqual(ListValue left, ListValue right)
    {
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (!left[i].Equals(right[i]))
                return false;
        }
        return true;
    }

    private static bool MapsEqual(MapValue left, MapValue right)
    {
        if (left.Count != right.Count)
            return false;
        foreach (var entry in left.Entries)
        {
            if (!right.TryGet(entry.Key, out var other) || !entry.Value.Equals(other))
                return false;
        }
        return true;
    }
}
