using System.Collections.Immutable;
using Millrace.Core.Expressions.Compilation;
using Millrace.Core.Expressions.Syntax;

namespace Millrace.Core.Expressions;

/// <summary>A part of a text: either a secret by its name, or text with templates other than secrets.</summary>
internal readonly record struct SecretText(string? Text, string? Secret)
{
    private const string Opening = "{{";

    /// <summary>Takes a text apart whose templates are all valid; a secret that is not inserted as it is is a problem.</summary>
    public static ImmutableArray<SecretText> Split(string text, string root, out ExpressionProblem? problem)
    {
        problem = null;
        if (TemplateText.Whole(text, default, out _) is not null)
            text = text.Trim();
        var segments = ImmutableArray.CreateBuilder<SecretText>();
        var (begin, at) = (0, 0);
        while (text.IndexOf(Opening, at, StringComparison.Ordinal) is >= 0 and var open)
        {
            var tree = Parser.ParseTemplate(text, open + Opening.Length, default, out at, out _)!;
            if (NameOf(tree, root) is { } name)
            {
                Add(segments, text[begin..open]);
                segments.Add(new(null, name));
                begin = at;
            }
            else if (Compiler.Compile(tree, check: false, out _) is { } compiled
                && compiled.References.FirstOrDefault(
                    reference => string.Equals(reference.Root, root, StringComparison.Ordinal)) is { } reference)
                problem ??= new(
                    "a secret can only be inserted as it is, as {{secrets.name}}; it cannot be part of an expression", reference.Position);
        }
        Add(segments, text[begin..]);
        return segments.ToImmutable();
    }

    private static void Add(ImmutableArray<SecretText>.Builder segments, string text)
    {
        if (text.Length > 0)
            segments.Add(new(text, null));
    }

    private static string? NameOf(SyntaxNode tree, string root) => tree switch
    {
        SelectSyntax { Optional: false } select when IsName(select.Target, root) => select.Field,
        IndexSyntax { Optional: false, Index: LiteralSyntax index } at when IsName(at.Target, root)
            && index.Value.TryGetString(out var name) =>
            name,
        _ => null,
    };

    private static bool IsName(SyntaxNode tree, string name) =>
        tree is NameSyntax found && string.Equals(found.Name, name, StringComparison.Ordinal);
}
