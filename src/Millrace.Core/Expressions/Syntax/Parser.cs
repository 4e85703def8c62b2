using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Syntax;

/// <summary>Where a parsed text stands in the author's source; a text with escapes has one position for all of it.</summary>
internal readonly record struct Origin(int Offset, bool Fixed = false)
{
    public int Map(int position) => Fixed ? Offset : Offset + position;
}

/// <summary>A recursive-descent parser for CEL. Every method gives null once a problem was found; the first one counts.</summary>
internal sealed partial class Parser
{
    /// <summary>The longest source, in UTF-16 units.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The deepest nesting, of brackets as well as of the tree.</summary>
    public const int MaxNesting = 100;

    private readonly Lexer _lexer;
    private readonly LexerMode _mode;
    private readonly Origin _origin;
    private Token _token;
    private Token _last;
    private int _nesting;

    private Parser(string source, int start, LexerMode mode, Origin origin)
    {
        _lexer = new Lexer(source, start, mode);
        _mode = mode;
        _origin = origin;
        Advance();
    }

    private ExpressionProblem? Problem { get; set; }

    /// <summary>Parses a whole source.</summary>
    public static SyntaxNode? Parse(string source, LexerMode mode, out ExpressionProblem? problem)
    {
        if (source.Length > MaxLength)
        {
            problem = TooLong(source.Length, MaxLength);
            return null;
        }
        var parser = new Parser(source, 0, mode, default);
        var tree = parser.Expression();
        if (tree is not null && parser._token.Kind != TokenKind.End)
            parser.Unexpected("the end of the expression");
        problem = parser.Problem;
        return problem is null ? tree : null;
    }

    /// <summary>
    /// Parses the inside of one {{ }} that starts at <paramref name="start"/>; <paramref name="end"/> is the offset after its "}}".
    /// </summary>
    public static SyntaxNode? ParseTemplate(string text, int start, Origin origin, out int end, out ExpressionProblem? problem)
    {
        var parser = new Parser(text, start, LexerMode.Template, origin);
        var tree = parser.Expression();
        if (tree is not null && parser._token.Kind != TokenKind.CloseTemplate)
            parser.Unexpected("'}}'");
        end = parser._token.End;
        problem = parser.Problem ?? (end - start > MaxLength ? TooLong(end - start, origin.Map(start)) : null);
        return problem is null ? tree : null;
    }

    private static ExpressionProblem TooLong(int length, int position) =>
        new($"the expression has {length} characters; at most {MaxLength} are allowed", position);

    private int At(in Token token) => _origin.Map(token.Start);

    private Token Advance()
    {
        _last = _token;
        _token = _lexer.Next();
        return _last;
    }

    private bool TryTake(TokenKind kind)
    {
        if (_token.Kind != kind)
            return false;
        Advance();
        return true;
    }

    private bool Expect(TokenKind kind, string what, string hint = "") => TryTake(kind) || Unexpected(what, hint) is not null;

    private SyntaxNode? Fail(string message, int position)
    {
        Problem ??= new(message, position);
        return null;
    }

    private SyntaxNode? Unexpected(string wanted, string hint = "")
    {
        if (_token.Kind == TokenKind.Invalid)
            return Fail(_token.Literal.AsString(), At(_token));
        var found = _token.Kind switch
        {
            TokenKind.End => "the end",
            TokenKind.Name or TokenKind.QuotedName => $"'{_token.Literal.AsString()}'",
            TokenKind.Text => "a text",
            TokenKind.Bytes => "bytes",
            TokenKind.Int or TokenKind.UInt or TokenKind.Double => "a number",
            var kind => $"'{Spelling(kind)}'",
        };
        return Fail($"expected {wanted}, found {found}{(hint.Length > 0 ? hint : ForeignHint())}", At(_token));
    }

    // "a and b" stops at the word, "not a" after it.
    private string ForeignHint() => (_last, _token) switch
    {
        ({ Kind: TokenKind.Less }, { Kind: TokenKind.Greater }) => "; in CEL '<>' is written !=",
        ({ Kind: TokenKind.Times }, { Kind: TokenKind.Times }) => "; CEL has no operator for powers",
        ({ Kind: TokenKind.Question }, { Kind: TokenKind.Question }) => "; in CEL '??' is written a.?b.orValue(other)",
        (_, { Kind: TokenKind.Name }) when ForeignWords.Find(_token.Literal.AsString()) is { } own => $"; in CEL this is written {own}",
        ({ Kind: TokenKind.Name }, _) when _last.Literal.AsString() is var word && ForeignWords.Find(word) is { } own =>
            $"; in CEL '{word}' is written {own}",
        _ => "",
    };

    private SyntaxNode? Grown(SyntaxNode node) =>
        node.Height <= MaxNesting ? node : Fail($"the expression is nested more than {MaxNesting} deep", node.Position);

    private SyntaxNode? Expression()
    {
        if (++_nesting > MaxNesting)
            return Fail($"the expression is nested more than {MaxNesting} deep", At(_token));
        var tree = Conditional();
        _nesting--;
        return tree;
    }

    private SyntaxNode? Conditional()
    {
        var tree = Logical(isOr: true);
        if (tree is null || _token.Kind != TokenKind.Question)
            return tree;
        var position = At(_token);
        var branches = new List<BranchSyntax>();
        var height = 0;
        while (TryTake(TokenKind.Question))
        {
            var isDotted = _token.Kind == TokenKind.Dot;
            var value = Logical(isOr: true);
            if (value is not null && _token.Kind == TokenKind.Question)
                return Fail("put a conditional between '?' and ':' in parentheses", At(_token));
            if (value is null || !Expect(TokenKind.Colon, "':'", isDotted ? "; in CEL '?.' is written .?" : ""))
                return null;
            branches.Add(new(tree!, value));
            height = Math.Max(height, Math.Max(tree!.Height, value.Height));
            tree = Logical(isOr: true);
            if (tree is null)
                return null;
        }
        return Grown(new ConditionalSyntax([.. branches], tree!, position, Math.Max(height, tree!.Height) + 1));
    }

    private SyntaxNode? Logical(bool isOr)
    {
        var first = isOr ? Logical(isOr: false) : Relation();
        var kind = isOr ? TokenKind.Or : TokenKind.And;
        if (first is null || _token.Kind != kind)
            return first;
        var position = At(_token);
        var operands = new List<SyntaxNode> { first };
        var height = first.Height;
        while (TryTake(kind))
        {
            var operand = isOr ? Logical(isOr: false) : Relation();
            if (operand is null)
                return null;
            operands.Add(operand);
            height = Math.Max(height, operand.Height);
        }
        return Grown(new LogicalSyntax(isOr, [.. operands], position, height + 1));
    }

    private SyntaxNode? Relation() => Chain(0);

    // Level 0: comparisons and "in"; 1: sums; 2: products; 3: unary.
    private SyntaxNode? Chain(int level)
    {
        if (level == 3)
            return Unary();
        var first = Chain(level + 1);
        if (first is null || Level(_token) != level)
            return first;
        var links = new List<ChainLinkSyntax>();
        var height = first.Height;
        while (Level(_token) == level)
        {
            var sign = Advance();
            var operand = Chain(level + 1);
            if (operand is null)
                return null;
            links.Add(new(sign.Kind, operand, At(sign)));
            height = Math.Max(height, operand.Height);
        }
        return Grown(new ChainSyntax(first, [.. links], first.Position, height + 1));
    }

    // "in" is a Name token whose spelling makes it an operator.
    private static int Level(in Token token) => token.Kind switch
    {
        >= TokenKind.Equal and <= TokenKind.GreaterOrEqual => 0,
        TokenKind.Name when token.Literal == "in" => 0,
        TokenKind.Plus or TokenKind.Minus => 1,
        TokenKind.Times or TokenKind.Divide or TokenKind.Modulo => 2,
        _ => -1,
    };

    private SyntaxNode? Unary()
    {
        var kind = _token.Kind;
        if (kind is not (TokenKind.Not or TokenKind.Minus))
            return Member();
        var sign = Advance();
        if (kind == TokenKind.Minus && _token.Kind is TokenKind.Int or TokenKind.Double)
            return Member(sign);
        if (++_nesting > MaxNesting)
            return Fail($"the expression is nested more than {MaxNesting} deep", At(sign));
        var operand = Unary();
        _nesting--;
        return operand is null ? null : Grown(new UnarySyntax(kind, operand, At(sign)));
    }

    /// <summary>How a token is written.</summary>
    public static string Spelling(TokenKind kind) => kind switch
    {
        TokenKind.OpenParenthesis => "(",
        TokenKind.CloseParenthesis => ")",
        TokenKind.OpenBracket => "[",
        TokenKind.CloseBracket => "]",
        TokenKind.OpenBrace => "{",
        TokenKind.CloseBrace => "}",
        TokenKind.OpenTemplate => "{{",
        TokenKind.CloseTemplate => "}}",
        TokenKind.Dot => ".",
        TokenKind.Comma => ",",
        TokenKind.Colon => ":",
        TokenKind.Question => "?",
        TokenKind.Plus => "+",
        TokenKind.Minus => "-",
        TokenKind.Times => "*",
        TokenKind.Divide => "/",
        TokenKind.Modulo => "%",
        TokenKind.Not => "!",
        TokenKind.And => "&&",
        TokenKind.Or => "||",
        TokenKind.Equal => "==",
        TokenKind.NotEqual => "!=",
        TokenKind.Less => "<",
        TokenKind.LessOrEqual => "<=",
        TokenKind.Greater => ">",
        TokenKind.GreaterOrEqual => ">=",
        _ => kind.ToString(),
    };
}
