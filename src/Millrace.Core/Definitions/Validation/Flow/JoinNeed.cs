using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>What a join needs that does not wait for all: it goes on with so many branches, without knowing about the others.</summary>
internal sealed record JoinNeed(int Count)
{
    /// <summary>What a node needs; null: it waits for all, as every other node does.</summary>
    public static JoinNeed? Of(Checking checking, int index)
    {
        var node = checking.Definition.Nodes[index];
        if (checking.TypeOf(node)?.Role != NodeRole.Join || !node.Config.TryGet("mode", out var mode) || !mode.TryGetString(out var name))
            return null;
        if (Naming.Same(name, "any"))
            return new(1);
        return Naming.Same(name, "n")
            && node.Config.TryGet("count", out var count)
            && count.TryGetInt(out var number)
            && number is > 0 and <= int.MaxValue
            ? new((int)number)
            : null;
    }
}
