using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Syntax;

internal enum TokenKind : byte
{
    End, Invalid,
    Name, QuotedName, Int, UInt, Double, Text, Bytes,
    OpenParenthesis, CloseParenthesis, OpenBracket, CloseBracket, OpenBrace, CloseBrace,
    OpenTemplate, CloseTemplate,
    Dot, Comma, Colon, Question,
    Plus, Minus, Times, Divide, Modulo, Not, And, Or,
    Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual,
}

/// <summary>
/// One token. <paramref name="Literal"/> is the name, the literal's value (an Int's magnitude as UInt), or for Invalid the message.
/// <paramref name="Verbatim"/> is the offset of a text literal's content where it is the source letter for letter, else -1.
/// </summary>
internal readonly record struct Token(TokenKind Kind, int Start, int End, Value Literal = default, int Verbatim = -1);
