using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations;

/// <summary>One page of a list.</summary>
/// <param name="Items">The items, at most as many as the page holds.</param>
/// <param name="Next">The cursor of the next page; null: this is the last one.</param>
public sealed record Listed<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Makes pages of lists. Every list goes through here, so that all of them page alike and to their end.</summary>
public static class Listing
{
    /// <summary>
    /// A page of a list that the store keeps: asks for one item more than the page holds, to know whether another page follows.
    /// </summary>
    /// <param name="page">The page to read.</param>
    /// <param name="read">Reads items, those after the page's cursor.</param>
    /// <param name="cursorOf">Makes a cursor of an item: what follows it is the next page.</param>
    public static async ValueTask<Listed<T>> ReadAsync<T>(
        Page page, Func<Page, ValueTask<IReadOnlyList<T>>> read, Func<T, string> cursorOf) =>
        Cut(await read(page with { Limit = page.Limit + 1 }), page.Limit, cursorOf);

    /// <summary>A page of a list that is at hand in full.</summary>
    /// <param name="all">The list, in any order.</param>
    /// <param name="page">The page to read.</param>
    /// <param name="cursorOf">Makes a cursor of an item, by which the list is ordered; no two items have the same.</param>
    /// <param name="order">The order of cursors; null: ordinal.</param>
    public static Listed<T> Of<T>(IEnumerable<T> all, Page page, Func<T, string> cursorOf, StringComparer? order = null)
    {
        order ??= StringComparer.Ordinal;
        var rest = all.Where(item => page.After is null || order.Compare(cursorOf(item), page.After) > 0).OrderBy(cursorOf, order);
        return Cut([.. rest.Skip(page.Offset).Take(page.Limit + 1)], page.Limit, cursorOf);
    }

    /// <summary>A page of items of which one more was read than it holds, where there are as many.</summary>
    public static Listed<T> Cut<T>(IReadOnlyList<T> items, int limit, Func<T, string> cursorOf) =>
        items.Count > limit ? new Listed<T>([.. items.Take(limit)], cursorOf(items[limit - 1])) : new Listed<T>(items, null);
}
