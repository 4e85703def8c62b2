using System.Globalization;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>The table of published events of the in-memory store.</summary>
internal static class PublishedEventTable
{
    public static CommitResult Apply(MemoryStoreData data, PublishEvents publish)
    {
        var count = 0;
        foreach (var one in publish.Events)
        {
            if (data.Events.Exists(known => Same(known.Tenant, publish.Tenant) && Same(known.Source, one.Source) && Same(known.Id, one.Id)))
                count++;
            else
                data.Events.Add(one with { Tenant = publish.Tenant, Position = ++data.LastEvent });
        }
        return new CommitResult.Published(count);
    }

    public static CommitResult Apply(MemoryStoreData data, PruneEvents prune)
    {
        var old = data.Events.Where(one => one.ReceivedAt < prune.Before).Take(prune.Limit).ToList();
        return new CommitResult.Pruned(data.Events.RemoveAll(old.Contains));
    }

    public static IReadOnlyList<PublishedEvent> List(MemoryStoreData data, string tenant, EventFilter filter, Page page)
    {
        var before = page.After is null ? long.MaxValue : long.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : 0;
        return [.. data.Events
            .Where(one => Same(one.Tenant, tenant) && one.Position < before && Fits(one, filter))
            .OrderByDescending(one => one.Position).Skip(Math.Max(page.Offset, 0)).Take(Math.Clamp(page.Limit, 1, Page.MaxLimit))];
    }

    private static bool Fits(PublishedEvent one, EventFilter filter) =>
        (
            filter.Type is null
                || (
                    filter.Type.EndsWith(".*", StringComparison.Ordinal)
                        ? one.Type.StartsWith(filter.Type[..^1], StringComparison.Ordinal) && one.Type.Length >= filter.Type.Length
                        : Same(one.Type, filter.Type)))
        && (filter.Source is null || Same(one.Source, filter.Source))
        && (filter.Subject is null || Same(one.Subject, filter.Subject));

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.Ordinal);
}
