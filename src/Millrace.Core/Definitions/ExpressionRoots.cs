using System.Collections.Immutable;

namespace Millrace.Core.Definitions;

/// <summary>The names every expression knows. A node with such an id is reached as <c>nodes['id']</c> only.</summary>
public static class ExpressionRoots
{
    /// <summary>Every name that is reserved in expressions.</summary>
    public static readonly ImmutableArray<string> All =
        ["input", "data", "variables", "nodes", "secrets", "execution", "workflow", "trigger", "item", "index", "now"];

    /// <summary>Whether a name is one of them.</summary>
    public static bool Contains(string name) => All.Contains(name, StringComparer.Ordinal);
}
