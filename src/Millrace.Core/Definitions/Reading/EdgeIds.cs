namespace Millrace.Core.Definitions.Reading;

/// <summary>Gives ids to edges that were authored without one: "source->target", and "#2" and so on where that is taken.</summary>
internal static class EdgeIds
{
    public static void Assign(List<EdgeDefinition> edges)
    {
        var taken = edges.Select(edge => edge.Id).ToHashSet(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < edges.Count; i++)
        {
            if (edges[i].Id.Length > 0)
                continue;
            var stem = $"{edges[i].Source}->{edges[i].Target}";
            var id = stem;
            while (!taken.Add(id))
            {
                counts[stem] = counts.GetValueOrDefault(stem, 1) + 1;
                id = $"{stem}#{counts[stem]}";
            }
            edges[i] = edges[i] with { Id = id };
        }
    }
}
