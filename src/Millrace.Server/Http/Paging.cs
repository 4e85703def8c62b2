using System.Text.Json;
using Microsoft.AspNetCore.Http.Extensions;
using Millrace.Engine.Storage;

namespace Millrace.Server.Http;

/// <summary>Lists are bare arrays; where the next page begins is in the headers.</summary>
internal static class Paging
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 200;

    /// <summary>Reads `limit` and `cursor`, or `page` and `page_size`.</summary>
    public static Page Read(QueryParameters query)
    {
        var size = query.Text("page_size") is not null ? "page_size" : query.Text("pageSize") is not null ? "pageSize" : "limit";
        var limit = query.Integer(size, DefaultLimit, 1, LargestLimit);
        var page = query.Integer("page", 1, 1, 1_000_000);
        return new Page(limit, query.Text("cursor"), (page - 1) * limit);
    }

    /// <summary>One page of a list. Read one more than the page holds to know whether another follows.</summary>
    public static Reply Reply<T>(HttpContext context, IReadOnlyList<T> items, int limit, Func<T, string> cursorOf, Action<Utf8JsonWriter, T> write, string cursorName = "cursor")
    {
        var shown = items.Count > limit ? items.Take(limit).ToList() : items;
        if (items.Count > limit)
            AddNext(context, cursorName, cursorOf(shown[^1]));
        return Http.Reply.Json((Items: shown, Write: write), static (writer, list) =>
        {
            writer.WriteStartArray();
            foreach (var item in list.Items)
                list.Write(writer, item);
            writer.WriteEndArray();
        });
    }

    private static void AddNext(HttpContext context, string cursorName, string cursor)
    {
        var query = new QueryBuilder();
        foreach (var (name, values) in context.Request.Query)
        {
            if (!string.Equals(name, cursorName, StringComparison.OrdinalIgnoreCase) && !string.Equals(name, "page", StringComparison.OrdinalIgnoreCase))
                query.Add(name, values.OfType<string>());
        }
        query.Add(cursorName, cursor);
        context.Response.Headers.Link = $"<{context.Request.PathBase}{context.Request.Path.ToUriComponent()}{query}>; rel=\"next\"";
        context.Response.Headers["X-Next-Cursor"] = cursor;
    }
}
