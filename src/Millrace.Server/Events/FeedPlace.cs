using System.Globalization;
using Millrace.Server.Http;

namespace Millrace.Server.Events;

/// <summary>A place among the events of all executions: the journal entry, and the event in it that was seen last.</summary>
internal readonly record struct FeedPlace(long Position, long Seq)
{
    public override string ToString() => $"{Position}.{Seq}";

    /// <summary>Reads a place, such as "17.3"; "17" is the end of that entry.</summary>
    public static FeedPlace Parse(string text, QueryParameters query)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var isPlace = TryNumber(dot < 0 ? text : text.AsSpan(0, dot), out var position);
        var seq = long.MaxValue;
        if (isPlace && (dot < 0 || TryNumber(text.AsSpan(dot + 1), out seq)))
            return new FeedPlace(position, seq);
        query.Wrong("after", $"'{text}' is no place in these events. Give the id of the last event that arrived, or 0 for all that there ever were.");
        return default;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
