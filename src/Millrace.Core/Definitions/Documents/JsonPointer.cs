using System.Globalization;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Documents;

/// <summary>JSON pointers (RFC 6901).</summary>
public static class JsonPointer
{
    /// <summary>A key as a segment.</summary>
    public static string Escape(string key) =>
        key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>The segments of a pointer, with <c>~0</c> and <c>~1</c> unescaped.</summary>
    public static IEnumerable<string> Segments(string pointer) => pointer.Length == 0
        ? []
        : pointer[1..].Split('/')
            .Select(segment => segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));

    /// <summary>Reads a segment as an index.</summary>
    public static bool TryIndex(string segment, out int index) =>
        int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out index);

    /// <summary>
    /// Follows a pointer whose keys may be written otherwise in the document (maxTokens for max_tokens); ends at the last part that exists.
    /// </summary>
    public static SourcePointer FollowLoosely(Value document, SourcePointer from, string pointer)
    {
        var value = Follow(document, from.ToString());
        var at = from;
        foreach (var segment in Segments(pointer))
        {
            if (value.TryGetList(out var list))
            {
                if (!TryIndex(segment, out var index) || index >= list.Count)
                    return at;
                (value, at) = (list[index], at.At(index));
            }
            else if (FindKey(value, segment) is { } key)
                (value, at) = (value[key], at.At(key));
            else
                return at;
        }
        return at;
    }

    /// <summary>
    /// A pointer with its keys as the document writes them (max_tokens for maxTokens); parts that the document lacks stay as they are.
    /// </summary>
    public static string Authored(Value document, string pointer)
    {
        var value = document;
        var at = new SourcePointer("");
        foreach (var segment in Segments(pointer))
        {
            if (value.TryGetList(out var list) && TryIndex(segment, out var index))
                (value, at) = (index < list.Count ? list[index] : Value.Null, at.At(index));
            else
            {
                var key = FindKey(value, segment) ?? segment;
                (value, at) = (value[key], at.At(key));
            }
        }
        return at.ToString();
    }

    /// <summary>The value a pointer leads to, or JSON null where it leads nowhere.</summary>
    public static Value Follow(Value document, string pointer) => Find(document, pointer) ?? Value.Null;

    /// <summary>The value a pointer leads to; nothing where it leads nowhere.</summary>
    public static Value? Find(Value document, string pointer)
    {
        var value = document;
        foreach (var segment in Segments(pointer))
        {
            if (value.TryGetList(out var list) && TryIndex(segment, out var index) && index < list.Count)
                value = list[index];
            else if (value.TryGetMap(out var map) && map.TryGet(segment, out var member))
                value = member;
            else
                return null;
        }
        return value;
    }

    /// <summary>The key of a map that is this name, written so or otherwise; null where there is none.</summary>
    public static string? FindKey(Value value, string name)
    {
        if (!value.TryGetMap(out var map))
            return null;
        if (map.TryGet(name, out _))
            return name;
        foreach (var entry in map.Entries)
        {
            if (entry.Key.TryGetString(out var key) && Naming.Same(key, name))
                return key;
        }
        return null;
    }
}
