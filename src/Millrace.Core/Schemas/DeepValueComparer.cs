using System.Diagnostics.CodeAnalysis;
using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>
/// Compares values by content and hashes them by content too: their own hash looks at the size of a list only, which collides too often to
/// find repeats.
/// </summary>
public sealed class DeepValueComparer : IEqualityComparer<Value>
{
    /// <summary>The shared instance.</summary>
    public static readonly DeepValueComparer Instance = new();

    /// <inheritdoc/>
    public bool Equals(Value x, Value y) => x.Equals(y);

    /// <inheritdoc/>
    public int GetHashCode([DisallowNull] Value obj)
    {
        if (obj.TryGetList(out var list))
        {
            var hash = new HashCode();
            foreach (var item in list)
                hash.Add(GetHashCode(item));
            return hash.ToHashCode();
        }
        if (!obj.TryGetMap(out var map))
            return obj.GetHashCode();
        var sum = map.Count;
        foreach (var entry in map.Entries)
            sum = unchecked(sum + HashCode.Combine(entry.Key.GetHashCode(), GetHashCode(entry.Value)));
        return sum;
    }

    /// <summary>How many values there are, this one included.</summary>
    public static int Size(Value value)
    {
        var size = 1;
        if (value.TryGetList(out var list))
        {
            foreach (var item in list)
                size += Size(item);
        }
        else if (value.TryGetMap(out var map))
        {
            foreach (var entry in map.Entries)
                size += Size(entry.Value);
        }
        return size;
    }
}
