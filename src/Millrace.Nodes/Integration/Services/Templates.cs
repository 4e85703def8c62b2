using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Nodes.Integration.Services;

/// <summary>The templates of a document: they see what their place says, and secrets only where they may.</summary>
internal static class Templates
{
    private const string Secrets = "secrets";

    /// <summary>Compiles a tree; null with problems added where it has templates that cannot be.</summary>
    /// <param name="tree">The value with references to secrets.</param>
    /// <param name="pointer">The JSON pointer to it.</param>
    /// <param name="roots">The names that its templates see beside secrets.</param>
    /// <param name="secretsAt">Where in it secrets may be: the beginning of a pointer.</param>
    /// <param name="problems">Receives the problems found.</param>
    public static SecretTemplate? Compile(Value tree, string pointer, string[] roots, string secretsAt, List<Problem> problems)
    {
        var before = problems.Count;
        foreach (var (at, reference) in Template.Parse(tree, out _)?.References ?? [])
        {
            if (reference.Root is Secrets && !at.StartsWith(secretsAt, StringComparison.Ordinal))
                problems.Add(
                    new(
                        pointer + at,
                        "secret_not_allowed",
                        "A secret is not allowed here, because this value may be stored and shown. Put it into 'auth' or 'headers'."));
            else if (reference.Root is not Secrets && !roots.Contains(reference.Root, StringComparer.Ordinal))
                problems.Add(
                    new(
                        pointer + at,
                        "unknown_name",
                        $"'{reference.Root}' is not a name that a template can use here; "
                            + $"{(roots.Length == 0 ? "only {{secrets.NAME}} can stand here" : $"it sees {string.Join(", ", roots)}")}."));
        }
        var template = SecretTemplate.Parse(tree, out var found);
        foreach (var problem in found)
            problems.Add(
                new(
                    pointer + problem.Pointer,
                    "invalid_expression",
                    $"The template is not valid at {problem.Position + 1}: {problem.Message}"));
        return problems.Count > before ? null : template;
    }
}
