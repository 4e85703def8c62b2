using Millrace.Core.Definitions;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Nodes;

/// <summary>The node types of this process, by name and alias. Names ignore case and separators.</summary>
public sealed class NodeRegistry : INodeCompiler
{
    private readonly Dictionary<string, NodeType> _types = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lazy<IReadOnlyList<NodeTypeDescription>> _all;

    /// <summary>Registers types; a name or alias that is taken is a mistake in the program.</summary>
    public NodeRegistry(IEnumerable<NodeType> types)
    {
        foreach (var type in types)
        {
            foreach (var name in type.Names)
                _types.Add(Normalize(name), type);
        }
        _all = new(() => [.. _types.Values.Distinct().Select(type => type.Description).Where(type => !type.IsPart).OrderBy(type => type.Type, StringComparer.OrdinalIgnoreCase)]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<NodeTypeDescription> All => _all.Value;

    /// <inheritdoc/>
    public NodeTypeDescription? Find(string type) => FindType(type)?.Description;

    /// <inheritdoc/>
    public NodeLogic? Compile(NodeDefinition node, ICollection<Problem> problems) => Compile(node, this, problems);

    /// <summary>The same for a graph whose bodies may use other types as well.</summary>
    internal NodeLogic? Compile(NodeDefinition node, INodeCatalog types, ICollection<Problem> problems)
    {
        var logic = FindType(node.Type)?.Compile(node, types, problems);
        return node.Cache is { } policy && logic is ExecutableEffect effect ? CachedEffect.Compile(node, policy, effect, problems) : logic;
    }

    private NodeType? FindType(string name) => _types.GetValueOrDefault(Normalize(name));

    /// <summary>What is left of a name where case and separators do not matter; case is left to the comparer.</summary>
    internal static string Normalize(string name) => name
        .Replace("_", "", StringComparison.Ordinal)
        .Replace("-", "", StringComparison.Ordinal)
        .Replace(".", "", StringComparison.Ordinal)
        .Replace(" ", "", StringComparison.Ordinal);
}
