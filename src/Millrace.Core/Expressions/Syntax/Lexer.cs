using System.Globalization;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Syntax;

/// <summary>Where "{{" and "}}" are brackets of their own.</summary>
internal enum LexerMode
{
    /// <summary>The source is one expression without braces.</summary>
    Expression,

    /// <summary>CEL in which {{ }} groups like parentheses.</summary>
    Condition,

    /// <summary>The inside of one {{ }}, up to its closing braces.</summary>
    Template,
}

/// <summary>Cuts source text into tokens, one at a time, so that a hostile source costs no more than its length.</summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly LexerMode _mode;

    // Open braces, outermost first; true where it was "{{". Tells whether "}}" closes one template or two maps.
    private readonly Stack<bool> _braces = new();
    private int _position;

    public Lexer(string source, int start, LexerMode mode)
    {
        _source = source;
        _position = start;
        _mode = mode;
        if (mode == LexerMode.Template)
            _braces.Push(true);
    }

    public Token Next()
    {
        SkipBlanks();
        var start = _position;
        if (start >= _source.Length)
            return new Token(TokenKind.End, start, start);
        var c = _source[start];
        if (LiteralPrefix(start) is var quote && quote >= 0)
            return ReadText(start, quote);
        if (char.IsAsciiLetter(c) || c == '_')
            return ReadName(start);
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
            return ReadNumber(start);
        return c switch
        {
            '`' => ReadQuotedName(start),
            '{' or '}' => ReadBrace(start, c),
            _ => ReadPunctuation(start, c),
        };
    }

    private char Peek(int ahead) => _position + ahead < _source.Length ? _source[_position + ahead] : '\0';

    private Token Take(TokenKind kind, int length)
    {
        var start = _position;
        _position += length;
        return new Token(kind, start, _position);
    }

    private Token Invalid(int position, string message)
    {
        _position = _source.Length;
        return new Token(TokenKind.Invalid, position, position, message);
    }

    private void SkipBlanks()
    {
        while (_position < _source.Length)
        {
            var c = _source[_position];
            if (c == '/' && Peek(1) == '/')
            {
                while (_position < _source.Length && _source[_position] != '\n')
                    _position++;
            }
            else if (char.IsWhiteSpace(c))
            {
                _position++;
            }
            else
            {
                return;
            }
        }
    }

    // The offset of the opening quote of a text or bytes literal that starts here (after r, b, rb or br), or -1.
    private int LiteralPrefix(int start)
    {
        for (var i = start; i < start + 3 && i < _source.Length; i++)
        {
            var c = _source[i];
            if (c is '\'' or '"')
                return i == start + 2 && char.ToLowerInvariant(_source[start]) == char.ToLowerInvariant(_source[start + 1]) ? -1 : i;
            if (c is not ('r' or 'R' or 'b' or 'B'))
                return -1;
        }
        return -1;
    }

    private Token ReadName(int start)
    {
        while (_position < _source.Length && (char.IsAsciiLetterOrDigit(_source[_position]) || _source[_position] == '_'))
            _position++;
        return new Token(TokenKind.Name, start, _position, _source[start.._position]);
    }

    private Token ReadQuotedName(int start)
    {
        var end = _source.IndexOf('`', start + 1);
        if (end < 0)
            return Invalid(start, "the quoted name is never closed with '`'");
        if (end == start + 1)
            return Invalid(start, "a quoted name cannot be empty");
        _position = end + 1;
        return new Token(TokenKind.QuotedName, start, _position, _source[(start + 1)..end]);
    }

    private Token ReadText(int start, int quote)
    {
        var literal = TextLiteral.Read(_source, start, quote);
        if (literal.Error is not null)
            return Invalid(literal.End, literal.Error);
        _position = literal.End;
        return new Token(
            literal.Value.Kind == ValueKind.Bytes ? TokenKind.Bytes : TokenKind.Text, start, _position, literal.Value, literal.Verbatim);
    }

    private Token ReadNumber(int start)
    {
        if (_source[start] == '0' && Peek(1) is 'x' or 'X')
            return ReadHexadecimal(start);
        SkipDigits();
        var real = false;
        if (Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            real = true;
            _position++;
            SkipDigits();
        }
        if (Peek(0) is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            real = true;
            _position += 2;
            SkipDigits();
        }
        var digits = _source.AsSpan(start, _position - start);
        if (real)
            return new Token(TokenKind.Double, start, _position, double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture));
        return Integer(start, ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var magnitude), magnitude);
    }

    private Token ReadHexadecimal(int start)
    {
        _position += 2;
        while (char.IsAsciiHexDigit(Peek(0)))
            _position++;
        var digits = _source.AsSpan(start + 2, _position - start - 2);
        return Integer(
            start, ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var magnitude), magnitude);
    }

    private Token Integer(int start, bool valid, ulong magnitude)
    {
        if (!valid)
            return Invalid(start, $"'{_source[start.._position]}' is not a 64-bit integer");
        if (Peek(0) is 'u' or 'U')
        {
            _position++;
            return new Token(TokenKind.UInt, start, _position, Value.From(magnitude));
        }
        return new Token(TokenKind.Int, start, _position, Value.From(magnitude));
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0)))
            _position++;
    }

    private Token ReadBrace(int start, char brace)
    {
        var doubled = Peek(1) == brace;
        if (brace == '{')
        {
            // Plain CEL never has "{{": a map is no map key.
            var template = doubled && _mode == LexerMode.Condition;
            _braces.Push(template);
            return template ? Take(TokenKind.OpenTemplate, 2) : Take(TokenKind.OpenBrace, 1);
        }
        if (!_braces.TryPop(out var closesTemplate))
            return Invalid(start, "there is no '{' that this '}' closes");
        if (!closesTemplate)
            return Take(TokenKind.CloseBrace, 1);
        return doubled ? Take(TokenKind.CloseTemplate, 2) : Invalid(start, "expected '}}'");
    }

    private Token ReadPunctuation(int start, char c)
    {
        var next = Peek(1);
        return c switch
        {
            '(' => Take(TokenKind.OpenParenthesis, 1),
            ')' => Take(TokenKind.CloseParenthesis, 1),
            '[' => Take(TokenKind.OpenBracket, 1),
            ']' => Take(TokenKind.CloseBracket, 1),
            '.' => Take(TokenKind.Dot, 1),
            ',' => Take(TokenKind.Comma, 1),
            ':' => Take(TokenKind.Colon, 1),
            '?' => Take(TokenKind.Question, 1),
            '+' => Take(TokenKind.Plus, 1),
            '-' => Take(TokenKind.Minus, 1),
            '*' => Take(TokenKind.Times, 1),
            '/' => Take(TokenKind.Divide, 1),
            '%' => Take(TokenKind.Modulo, 1),
            '&' when next == '&' => Take(TokenKind.And, 2),
            '|' when next == '|' => Take(TokenKind.Or, 2),
            '=' or '!' when next == '=' && Peek(2) == '=' => Invalid(start, $"'{c}==' is not an operator; in CEL this is written {c}="),
            '=' when next == '=' => Take(TokenKind.Equal, 2),
            '!' when next == '=' => Take(TokenKind.NotEqual, 2),
            '!' => Take(TokenKind.Not, 1),
            '<' when next == '=' => Take(TokenKind.LessOrEqual, 2),
            '<' => Take(TokenKind.Less, 1),
            '>' when next == '=' => Take(TokenKind.GreaterOrEqual, 2),
            '>' => Take(TokenKind.Greater, 1),
            '&' => Invalid(start, "unexpected '&'; did you mean '&&'?"),
            '|' => Invalid(start, "unexpected '|'; did you mean '||'?"),
            '=' => Invalid(start, "unexpected '='; did you mean '=='?"),
            _ =>
                Invalid(
                    start,
                    char.IsControl(c) || char.IsSurrogate(c) ? $"unexpected character U+{(int)c:X4}" : $"unexpected character '{c}'"),
        };
    }
}
