using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Syntax;

/// <summary>
/// A node of the syntax tree. Position is a UTF-16 offset into the source; Height is how deep the tree below it is, so that
/// everything which walks trees by recursion is bounded by the parser's limit.
/// </summary>
internal abstract record SyntaxNode(int Position, int Height);

internal sealed record LiteralSyntax(Value Value, int Position) : SyntaxNode(Position, 1);

/// <summary>A name; with a leading dot it skips loop variables.</summary>
internal sealed record NameSyntax(string Name, bool Absolute, int Position) : SyntaxNode(Position, 1);

internal sealed record SelectSyntax(SyntaxNode Target, string Field, bool Optional, int Position) : SyntaxNode(Position, Target.Height + 1);

internal sealed record IndexSyntax(SyntaxNode Target, SyntaxNode Index, bool Optional, int Position)
    : SyntaxNode(Position, Math.Max(Target.Height, Index.Height) + 1);

/// <summary>A call or a macro, on a target or free.</summary>
internal sealed record CallSyntax(
    SyntaxNode? Target, string Name, SyntaxNode[] Arguments, int Position, int Height) : SyntaxNode(Position, Height);

internal readonly record struct ListItemSyntax(SyntaxNode Value, bool Optional);

internal sealed record ListSyntax(ListItemSyntax[] Items, int Position, int Height) : SyntaxNode(Position, Height);

internal readonly record struct MapEntrySyntax(SyntaxNode Key, SyntaxNode Value, bool Optional);

internal sealed record MapSyntax(MapEntrySyntax[] Entries, int Position, int Height) : SyntaxNode(Position, Height);

/// <summary>One "!" or "-".</summary>
internal sealed record UnarySyntax(TokenKind Operator, SyntaxNode Operand, int Position) : SyntaxNode(Position, Operand.Height + 1);

internal readonly record struct ChainLinkSyntax(TokenKind Operator, SyntaxNode Operand, int Position);

/// <summary>Operands joined from left to right by operators of one precedence; flat, so that a long sum is not a deep tree.</summary>
internal sealed record ChainSyntax(SyntaxNode First, ChainLinkSyntax[] Links, int Position, int Height) : SyntaxNode(Position, Height);

/// <summary>Operands of one run of || or &amp;&amp;.</summary>
internal sealed record LogicalSyntax(bool IsOr, SyntaxNode[] Operands, int Position, int Height) : SyntaxNode(Position, Height);

internal readonly record struct BranchSyntax(SyntaxNode Condition, SyntaxNode Value);

/// <summary>a ? b : c ? d : e, flat.</summary>
internal sealed record ConditionalSyntax(
    BranchSyntax[] Branches, SyntaxNode Otherwise, int Position, int Height) : SyntaxNode(Position, Height);

/// <summary>Text with expressions in it; literal parts are <see cref="LiteralSyntax"/>.</summary>
internal sealed record InterpolationSyntax(SyntaxNode[] Parts, int Position, int Height) : SyntaxNode(Position, Height);
