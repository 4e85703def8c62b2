using System.Globalization;
using Millrace.Server.Http;

namespace Millrace.Server.Events;

/// <summary>Where a caller stopped reading.</summary>
internal static class EventCursor
{
    /// <summary>The last event that the caller has seen: what his browser says, or else `after`; null: he has seen none.</summary>
    public static string? Read(HttpRequest request, QueryParameters query) =>
        request.Headers["Last-Event-ID"] is [{ Length: > 0 } last, ..] ? last : query.Text("after");

    /// <summary>A place in one execution's journal.</summary>
    public static long ParseSeq(string text, QueryParameters query)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
            return seq;
        query.Wrong("after", $"'{text}' is not a position in these events. Give the id of the last event that you received.");
        return 0;
    }
}
