using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Syntax;

// What binds tighter than any operator: literals, names, selection, indexing, calls, lists and maps.
internal sealed partial class Parser
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "in", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    };

    private SyntaxNode? Member(Token? sign = null)
    {
        var tree = Primary(sign);
        while (tree is not null)
        {
            var position = At(_token);
            if (TryTake(TokenKind.Dot))
                tree = Selection(tree);
            else if (TryTake(TokenKind.OpenBracket))
                tree = Indexing(tree, position);
            else
                break;
        }
        return tree;
    }

    private SyntaxNode? Selection(SyntaxNode target)
    {
        var optional = TryTake(TokenKind.Question);
        if (_token.Kind is not (TokenKind.Name or TokenKind.QuotedName))
            return Unexpected("a field name");
        var field = Advance();
        var name = field.Literal.AsString();
        if (!optional && field.Kind == TokenKind.Name && _token.Kind == TokenKind.OpenParenthesis)
            return Call(target, name, At(field));
        return Grown(new SelectSyntax(target, name, optional, At(field)));
    }

    private SyntaxNode? Indexing(SyntaxNode target, int position)
    {
        var optional = TryTake(TokenKind.Question);
        var index = Expression();
        return index is null || !Expect(TokenKind.CloseBracket, "']'") ? null : Grown(new IndexSyntax(target, index, optional, position));
    }

    private SyntaxNode? Call(SyntaxNode? target, string name, int position)
    {
        Advance();
        var arguments = new List<SyntaxNode>();
        var height = target?.Height ?? 0;
        while (_token.Kind != TokenKind.CloseParenthesis)
        {
            var argument = Expression();
            if (argument is null)
                return null;
            arguments.Add(argument);
            height = Math.Max(height, argument.Height);
            if (!TryTake(TokenKind.Comma) && _token.Kind != TokenKind.CloseParenthesis)
                return Unexpected("',' or ')'");
        }
        Advance();
        return Grown(new CallSyntax(target, name, [.. arguments], position, height + 1));
    }

    private SyntaxNode? Primary(Token? sign)
    {
        var position = At(_token);
        switch (_token.Kind)
        {
            case TokenKind.Int:
                return Integer(Advance(), sign);
            case TokenKind.Double:
                var number = Advance().Literal.AsDouble();
                return new LiteralSyntax(sign is null ? number : -number, sign is { } minus ? At(minus) : position);
            case TokenKind.UInt or TokenKind.Bytes:
                return new LiteralSyntax(Advance().Literal, position);
            case TokenKind.Text:
                return Text(Advance());
            case TokenKind.Dot:
                Advance();
                return _token.Kind == TokenKind.Name ? Name(absolute: true) : Unexpected("a name");
            case TokenKind.Name:
                return Name(absolute: false);
            case TokenKind.OpenParenthesis:
                return Group(TokenKind.CloseParenthesis, "')'");
            case TokenKind.OpenTemplate:
                return Group(TokenKind.CloseTemplate, "'}}'");
            case TokenKind.OpenBracket:
                return List(position);
            case TokenKind.OpenBrace:
                return Map(position);
            default:
                return Unexpected("a value");
        }
    }

    private SyntaxNode? Integer(Token token, Token? sign)
    {
        var magnitude = token.Literal.AsUInt();
        var position = sign is { } minus ? At(minus) : At(token);
        var largest = (ulong)long.MaxValue + (sign is null ? 0u : 1u);
        if (magnitude > largest)
            return Fail("the number does not fit an int; add 'u' for a uint or '.0' for a double", position);
        return new LiteralSyntax(sign is null ? (long)magnitude : unchecked(-(long)magnitude), position);
    }

    private SyntaxNode? Name(bool absolute)
    {
        var token = Advance();
        var name = token.Literal.AsString();
        if (!absolute && name is "true" or "false")
            return new LiteralSyntax(name is "true", At(token));
        if (!absolute && name is "null")
            return new LiteralSyntax(Value.Null, At(token));
        if (Reserved.Contains(name))
            return Fail(
                $"'{name}' is a reserved word and cannot be a name here; after a dot or in brackets it can{ForeignWords.Hint(name)}",
                At(token));
        return _token.Kind == TokenKind.OpenParenthesis ? Call(null, name, At(token)) : new NameSyntax(name, absolute, At(token));
    }

    private SyntaxNode? Group(TokenKind close, string what)
    {
        Advance();
        var tree = Expression();
        return tree is null || !Expect(close, what) ? null : tree;
    }

    private SyntaxNode? List(int position)
    {
        Advance();
        var items = new List<ListItemSyntax>();
        var height = 0;
        while (_token.Kind != TokenKind.CloseBracket)
        {
            var optional = TryTake(TokenKind.Question);
            var item = Expression();
            if (item is null)
                return null;
            items.Add(new(item, optional));
            height = Math.Max(height, item.Height);
            if (!TryTake(TokenKind.Comma) && _token.Kind != TokenKind.CloseBracket)
                return Unexpected("',' or ']'");
        }
        Advance();
        return Grown(new ListSyntax([.. items], position, height + 1));
    }

    private SyntaxNode? Map(int position)
    {
        Advance();
        var entries = new List<MapEntrySyntax>();
        var height = 0;
        while (_token.Kind != TokenKind.CloseBrace)
        {
            var optional = TryTake(TokenKind.Question);
            var key = Expression();
            if (key is null || !Expect(TokenKind.Colon, "':'"))
                return null;
            var value = Expression();
            if (value is null)
                return null;
            entries.Add(new(key, value, optional));
            height = Math.Max(height, Math.Max(key.Height, value.Height));
            if (!TryTake(TokenKind.Comma) && _token.Kind != TokenKind.CloseBrace)
                return Unexpected("',' or '}'");
        }
        Advance();
        return Grown(new MapSyntax([.. entries], position, height + 1));
    }

    // In a condition, {{ }} inside quotes interpolates, because that is what its author sees it do everywhere else.
    private SyntaxNode? Text(Token token)
    {
        var text = token.Literal.AsString();
        if (_mode != LexerMode.Condition || !TemplateText.HasTemplate(text))
            return new LiteralSyntax(text, At(token));
        var origin = token.Verbatim >= 0 ? new Origin(_origin.Map(token.Verbatim), _origin.Fixed) : new Origin(At(token), Fixed: true);
        var tree = TemplateText.Interpolation(text, origin, At(token), out var problem);
        if (problem is not null)
            Problem ??= problem;
        return tree is null ? null : Grown(tree);
    }
}
