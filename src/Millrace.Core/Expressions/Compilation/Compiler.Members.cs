using Millrace.Core.Expressions.Operations;
using Millrace.Core.Expressions.Syntax;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Compilation;

// Names, and what is selected from them.
internal sealed partial class Compiler
{
    // A name or any other value, followed by selections and indexes. A probe, has(), asks about the last one instead of taking it.
    private Operation? Member(SyntaxNode node, bool probe)
    {
        var links = new List<SyntaxNode>();
        var start = node;
        while (start is SelectSyntax or IndexSyntax)
        {
            links.Add(start);
            start = start is SelectSyntax select ? select.Target : ((IndexSyntax)start).Target;
        }
        links.Reverse();
        var taken = probe ? links.Count - 1 : links.Count;
        var next = 0;
        var operation = start is NameSyntax name && FindLocal(name) < 0 ? Root(name, links, taken, out next) : Start(start);
        for (; operation is not null && next < taken; next++)
            operation = Link(operation, links[next]);
        if (operation is null || !probe)
            return operation;
        var last = links[^1];
        return Fold(new Has(operation, FieldOf(last)!, last.Position), operation);
    }

    private int FindLocal(NameSyntax name) => name.Absolute ? -1 : _scope.LastIndexOf(name.Name);

    private Operation? Start(SyntaxNode start) => start is NameSyntax name ? new Local(FindLocal(name), name.Position) : Compile(start);

    private Operation Root(NameSyntax name, List<SyntaxNode> links, int taken, out int next)
    {
        var dotted = links.TakeWhile(link => link is SelectSyntax { Optional: false }).Count();
        next = links.Count;
        var qualified = string.Join('.', links.Take(dotted).Select(link => ((SelectSyntax)link).Field).Prepend(name.Name));
        if (dotted == links.Count && taken == links.Count && TypeValue.Find(qualified) is { } type)
            return new Constant(type, name.Position);
        var known = links.Select(FieldOf).TakeWhile(field => field is not null).Select(field => field!).ToArray();
        var path = links
            .Take(Math.Min(taken, known.Length))
            .TakeWhile(link => link is SelectSyntax { Optional: false } or IndexSyntax { Optional: false })
            .ToArray();
        next = path.Length;
        _references.Add(new(name.Name, [.. known], name.Position) { Required = next, IsConditional = _conditionals > 0 });
        return new NamePath(name.Name, known[..next], [.. path.Select(link => link.Position)], Math.Min(dotted, next), name.Position);
    }

    // The key, where it is known beforehand and text.
    private static string? FieldOf(SyntaxNode link) => link switch
    {
        SelectSyntax select => select.Field,
        IndexSyntax { Index: LiteralSyntax { Value: var key } } when key.TryGetString(out var text) => text,
        _ => null,
    };

    private Operation? Link(Operation target, SyntaxNode link)
    {
        switch (link)
        {
            case SelectSyntax { Optional: false } select:
                return Fold(new Select(target, select.Field, select.Position), target);
            case SelectSyntax select:
                return Fold(new OptionalIndex(target, new Constant(select.Field, select.Position), select.Position), target);
            default:
                var indexing = (IndexSyntax)link;
                if (Compile(indexing.Index) is not { } index)
                    return null;
                return Fold(indexing.Optional
                    ? new OptionalIndex(target, index, indexing.Position)
                    : new ItemAt(target, index, indexing.Position), target, index);
        }
    }
}
