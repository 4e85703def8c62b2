using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Millrace.Words.Tests;

/// <summary>The prose of Markdown: paragraphs, headings, cells; no code and no addresses.</summary>
internal static class MarkdownText
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UsePreciseSourceLocation().Build();

    public static IEnumerable<Passage> Of(string path)
    {
        foreach (var block in Markdown.Parse(Repository.Read(path), Pipeline).Descendants<LeafBlock>())
        {
            if (block.Inline is not { } inline)
                continue;
            var text = new StringBuilder();
            foreach (var part in inline.Descendants<Inline>())
                Append(text, part);
            yield return new(path, block.Line + 1, PassageKind.Document, text.ToString());
        }
    }

    private static void Append(StringBuilder text, Inline part)
    {
        switch (part)
        {
            case LiteralInline literal:
                text.Append(literal.Content.AsSpan());
                break;
            case CodeInline:
                text.Append('`'); // keeps the words around it apart
                break;
            case LineBreakInline:
                text.Append(' ');
                break;
            default: // emphasis, links: what is in them comes by itself
                break;
        }
    }
}
