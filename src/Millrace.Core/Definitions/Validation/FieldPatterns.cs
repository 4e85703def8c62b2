using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;

namespace Millrace.Core.Definitions.Validation;

/// <summary>JSON pointers with * for any key or item, matched against the way to a config field.</summary>
internal sealed class FieldPatterns(ImmutableArray<string> pointers)
{
    private readonly string[][] _patterns = [.. pointers.Select(pointer => JsonPointer.Segments(pointer).ToArray())];

    /// <summary>Whether one of the patterns names exactly this field.</summary>
    public bool Name(List<string> path) => Array.Exists(_patterns, pattern => pattern.Length == path.Count && IsPrefix(pattern, path));

    /// <summary>Whether one of the patterns names this field or something it is part of.</summary>
    public bool Cover(List<string> path) => Array.Exists(_patterns, pattern => pattern.Length <= path.Count && IsPrefix(pattern, path));

    private static bool IsPrefix(string[] pattern, List<string> path)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (!string.Equals(pattern[i], "*", StringComparison.Ordinal) && !string.Equals(pattern[i], path[i], StringComparison.Ordinal))
                return false;
        }
        return true;
    }
}
