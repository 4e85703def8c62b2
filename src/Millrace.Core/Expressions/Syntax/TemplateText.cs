namespace Millrace.Core.Expressions.Syntax;

/// <summary>Text with {{ expressions }} in it.</summary>
internal static class TemplateText
{
    private const string Opening = "{{";

    public static bool HasTemplate(string text) => text.Contains(Opening, StringComparison.Ordinal);

    /// <summary>
    /// The one expression that the whole text is, blanks around it aside; null without a problem where the text is more than that.
    /// </summary>
    public static SyntaxNode? Whole(string text, Origin origin, out ExpressionProblem? problem)
    {
        problem = null;
        var trimmed = text.AsSpan().TrimEnd().Length;
        var start = text.Length - text.AsSpan().TrimStart().Length;
        if (!text.AsSpan(start).StartsWith(Opening, StringComparison.Ordinal))
            return null;
        var tree = Parser.ParseTemplate(text, start + Opening.Length, origin, out var end, out problem);
        return tree is not null && end == trimmed ? tree : null;
    }

    /// <summary>The text as alternating literals and expressions.</summary>
    public static InterpolationSyntax? Interpolation(string text, Origin origin, int position, out ExpressionProblem? problem)
    {
        problem = null;
        var parts = new List<SyntaxNode>();
        var height = 0;
        var done = 0;
        while (done < text.Length)
        {
            var open = text.IndexOf(Opening, done, StringComparison.Ordinal);
            var literal = text[done..(open < 0 ? text.Length : open)];
            if (literal.Length > 0)
                parts.Add(new LiteralSyntax(literal, origin.Map(done)));
            if (open < 0)
                break;
            var tree = Parser.ParseTemplate(text, open + Opening.Length, origin, out done, out problem);
            if (tree is null)
                return null;
            parts.Add(tree);
            height = Math.Max(height, tree.Height);
        }
        return new InterpolationSyntax([.. parts], position, height + 1);
    }
}
