using System.Globalization;
using Millrace.Engine.Storage;
using Millrace.Server.Http;

namespace Millrace.Server.Events;

/// <summary>Reads the places among the events of all executions that callers give, such as "17.3".</summary>
internal static class FeedPlace
{
    /// <summary>Reads a place: the position of a journal entry and the seq of an event in it; "17" is the end of that entry.</summary>
    public static FeedCursor Parse(string text, QueryParameters query)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var isPlace = TryNumber(dot < 0 ? text : text.AsSpan(0, dot), out var position);
        var seq = long.MaxValue;
        if (isPlace && (dot < 0 || TryNumber(text.AsSpan(dot + 1), out seq)))
            return new FeedCursor(position, seq);
        query.Wrong("after", $"'{text}' is not a position in these events. Give the id of the last event that you received, or 0 for all events.");
        return default;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
