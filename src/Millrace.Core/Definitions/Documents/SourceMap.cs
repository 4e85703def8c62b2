using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Documents;

/// <summary>
/// Where each value of a document stands in its text. A tree beside the value tree: pointers as text would be quadratic in hostile
/// documents.
/// </summary>
public sealed class SourceMap
{
    private readonly Value _root;
    private readonly Place _place;

    internal SourceMap(Value root, Place place)
    {
        _root = root;
        _place = place;
    }

    /// <summary>The places of a JSON document that has been read.</summary>
    /// <param name="document">The text, with or without a byte order mark.</param>
    /// <param name="root">What it was read as.</param>
    public static SourceMap OfJson(ReadOnlySpan<byte> document, Value root) => new(root, JsonPlaces.Read(document));

    /// <summary>
    /// Gives every problem that has none the line and column its pointer leads to, or the nearest that exists above it. In the order of
    /// their places.
    /// </summary>
    public ImmutableArray<Problem> Locate(IEnumerable<Problem> problems) =>
        [.. problems.Select(Locate).OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    private Problem Locate(Problem problem)
    {
        if (problem.Line is not null)
            return problem;
        var value = _root;
        var place = _place;
        foreach (var segment in JsonPointer.Segments(problem.Pointer))
        {
            var child = ChildIndex(value, segment);
            if (child < 0 || child >= place.Children.Length)
                break;
            value = value.TryGetMap(out var map) ? map.Entries[child].Value : value.AsList()[child];
            place = place.Children[child];
        }
        return problem with { Line = place.Line, Column = place.Column };
    }

    private static int ChildIndex(Value value, string segment)
    {
        if (value.TryGetList(out var list))
            return JsonPointer.TryIndex(segment, out var index) && index < list.Count ? index : -1;
        if (!value.TryGetMap(out var map))
            return -1;
        for (var i = 0; i < map.Count; i++)
        {
            if (map.Entries[i].Key.TryGetString(out var key) && string.Equals(key, segment, StringComparison.Ordinal))
                return i;
        }
        return -1;
    }
}

/// <summary>The place of one value, and of those inside it in their order. 1-based.</summary>
internal sealed record Place(int Line, int Column, Place[] Children);
