using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>`execution.links`: the links to nodes that wait for the outside, by node id, made when asked for.</summary>
internal sealed class LinksView(NodeScope scope, CompiledGraph graph) : MapValue
{
    private KeyValuePair<Value, Value>[]? _entries;

    public override int Count => Entries.Length;

    public override ReadOnlySpan<KeyValuePair<Value, Value>> Entries => _entries ??= [.. Links()];

    public override bool TryGet(string key, out Value value)
    {
        var link = graph.Find(key) is { } node ? scope.LinkTo(node) : null;
        value = link;
        return link is not null;
    }

    public override bool TryGet(Value key, out Value value)
    {
        value = default;
        return key.TryGetString(out var id) && TryGet(id, out value);
    }

    public override string DescribeMissing(string key)
    {
        if (graph.Find(key) is not { } node)
            return $"there is no node '{key}'";
        if (node.Logic is not WaitLogic { Link: not null })
            return $"node '{key}' has no link: only approvals, callbacks and manual inputs with a form have one";
        return scope.HasLinks
            ? $"node '{key}' has its own link in every iteration or item, which can only be used inside it"
            : "this process has no address for links";
    }

    private IEnumerable<KeyValuePair<Value, Value>> Links()
    {
        foreach (var node in graph.Nodes)
        {
            if (scope.LinkTo(node) is { } link)
                yield return KeyValuePair.Create((Value)node.Id, (Value)link);
        }
    }
}
