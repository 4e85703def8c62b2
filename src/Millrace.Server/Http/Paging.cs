using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Extensions;
using Millrace.Engine.History;
using Millrace.Engine.Storage;

namespace Millrace.Server.Http;

/// <summary>Lists are bare arrays; where the next page begins is in the headers.</summary>
internal static class Paging
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 200;
    private const int LargestPage = 1_000_000;
    private const int LargestOffset = LargestLimit * LargestPage;

    // What chooses a page; the link to the next one names the cursor instead, and keeps only the size.
    private static readonly HashSet<string> Places = new(["cursor", "after", "page", "offset", "skip"], ParameterNames.Comparer);

    /// <summary>Reads `limit` (or `page_size`), and `cursor`, `page`, `offset` or `skip`.</summary>
    public static Page Read(QueryParameters query, int defaultLimit = DefaultLimit)
    {
        var limit = query.Integer(query.Text("page_size") is not null ? "page_size" : "limit", defaultLimit, 1, LargestLimit);
        var page = query.Integer("page", 1, 1, LargestPage);
        var skipped = query.Integer(query.Text("skip") is not null ? "skip" : "offset", 0, 0, LargestOffset);
        if (skipped > 0 && page > 1)
            query.Wrong("page", "'page' and 'offset' both set the start of the page. Send only one of them.");
        // Cursors may be anybody's text, and travel in a header.
        return new Page(limit, query.Text("cursor") is { } cursor ? Uri.UnescapeDataString(cursor) : null, skipped + ((page - 1) * limit));
    }

    /// <summary>
    /// Reads the same of a list whose items are numbered from 1: the number before the page, and how many items it has at most.
    /// </summary>
    public static (int After, int Limit) ReadNumbered(QueryParameters query)
    {
        var page = Read(query);
        return ((int)query.Long("cursor", page.Offset, 0, int.MaxValue), page.Limit);
    }

    /// <summary>Reads `limit` and `cursor` of a numbered list that is a part of what is answered.</summary>
    public static (int After, int Limit) ReadPart(
        QueryParameters query, int defaultLimit = DefaultLimit, int largestLimit = LargestLimit) =>
        (query.Integer("cursor", 0, 0, int.MaxValue), query.Integer("limit", defaultLimit, 1, largestLimit));

    /// <summary>One page of a list.</summary>
    /// <param name="context">The request; the headers of its response say where the next page begins.</param>
    /// <param name="listed">The page.</param>
    /// <param name="write">Writes an item.</param>
    /// <param name="cursorName">The parameter that takes the cursor.</param>
    public static Reply Reply<T>(HttpContext context, Listed<T> listed, Action<Utf8JsonWriter, T> write, string cursorName = "cursor")
    {
        if (listed.Next is { } next)
            AddNext(context, cursorName, Uri.EscapeDataString(next));
        return Http.Reply.Json((listed.Items, Write: write), static (writer, list) =>
        {
            writer.WriteStartArray();
            foreach (var item in list.Items)
                list.Write(writer, item);
            writer.WriteEndArray();
        });
    }

    /// <summary>One page of what a journal says; its next one begins `after` an event.</summary>
    public static Reply Reply<T>(HttpContext context, JournalPage<T> page, Action<Utf8JsonWriter, T> write) =>
        Reply(context, new Listed<T>(page.Items, page.Next?.ToString(CultureInfo.InvariantCulture)), write, "after");

    /// <summary>Says where the next page of a numbered list begins; null: there is none.</summary>
    public static void AddNext(HttpContext context, int? next)
    {
        if (next is { } number)
            AddNext(context, "cursor", number.ToString(CultureInfo.InvariantCulture));
    }

    private static void AddNext(HttpContext context, string cursorName, string cursor)
    {
        var query = new QueryBuilder();
        foreach (var (name, values) in context.Request.Query)
        {
            if (!Places.Contains(name))
                query.Add(name, values.OfType<string>());
        }
        query.Add(cursorName, cursor);
        context.Response.Headers.Link = $"<{context.Request.PathBase}{context.Request.Path.ToUriComponent()}{query}>; rel=\"next\"";
        context.Response.Headers["X-Next-Cursor"] = cursor;
    }
}
