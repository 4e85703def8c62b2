namespace Millrace.Core.Definitions.Reading;

/// <summary>
/// A webhook starts an execution. One that others lead to is reached when the execution runs already, and waits for its call there: it is
/// a callback.
/// </summary>
internal static class WaitingWebhooks
{
    public static void Resolve(Draft draft)
    {
        if (draft.Catalog.Find("callback") is not { } callback)
            return;
        var reached = Reached(draft);
        for (var i = 0; i < draft.Nodes.Count; i++)
        {
            var node = draft.Nodes[i];
            if (!string.Equals(node.Type, "webhook", StringComparison.Ordinal) || !reached.Contains(node.Id))
                continue;
            draft.Nodes[i] = node with { Type = callback.Type, Config = ConfigNames.Canonical(callback, node.Config) };
            draft.Problems.Warn(
                node.Source,
                "webhook_waits",
                $"Other nodes lead to the webhook '{node.Id}', so it starts nothing: it is a callback, which waits for a call of its own "
                    + "address.");
        }
    }

    // What a node leads to that nothing leads to; a way back to a webhook from behind it makes it no callback.
    private static HashSet<string> Reached(Draft draft)
    {
        var targets = draft.Edges.ToLookup(edge => edge.Source, edge => edge.Target, StringComparer.Ordinal);
        var led = draft.Edges.Select(edge => edge.Target).ToHashSet(StringComparer.Ordinal);
        var open = new Stack<string>(draft.Nodes.Select(node => node.Id).Where(id => !led.Contains(id)).SelectMany(id => targets[id]));
        var reached = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var id))
        {
            if (!reached.Add(id))
                continue;
            foreach (var target in targets[id])
                open.Push(target);
        }
        return reached;
    }
}
