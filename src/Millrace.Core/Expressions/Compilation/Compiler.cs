using System.Collections.Immutable;
using Millrace.Core.Expressions.Functions;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Expressions.Syntax;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Compilation;

/// <summary>What a syntax tree compiles to.</summary>
internal sealed record CompiledExpression(Operation Root, int Slots, int Height, ImmutableArray<ExpressionReference> References);

/// <summary>
/// Turns a syntax tree into operations: resolves names, functions and macros, folds what is constant, and notes what is
/// referred to. Every method gives null once a problem was found.
/// </summary>
internal sealed partial class Compiler
{
    private static readonly EvaluationLimits FoldingLimits = new(MaxCost: 10_000, MaxOutput: 64 * 1024);
    private const long TotalFoldingCost = 1_000_000;

    private readonly bool _check;
    private readonly List<string> _scope = [];
    private readonly ImmutableArray<ExpressionReference>.Builder _references = ImmutableArray.CreateBuilder<ExpressionReference>();
    private ExpressionProblem? _problem;
    private int _slots;
    private long _foldingCost;
    private int _conditionals;

    private Compiler(bool check) => _check = check;

    /// <summary>
    /// Compiles a tree. With <paramref name="check"/>, unknown functions and malformed patterns are problems; without, they fail
    /// only where they are reached.
    /// </summary>
    public static CompiledExpression? Compile(SyntaxNode tree, bool check, out ExpressionProblem? problem)
    {
        var compiler = new Compiler(check);
        var root = compiler.Compile(tree);
        problem = compiler._problem;
        return root is null || problem is not null ? null : new(root, compiler._slots, tree.Height, compiler._references.ToImmutable());
    }

    private Operation? Fail(string message, int position)
    {
        _problem ??= new(message, position);
        return null;
    }

    // A problem that leaves the expression well formed.
    private Operation? Unresolved(string message, int position) => _check ? Fail(message, position) : new Unresolved(message, position);

    private Operation? Compile(SyntaxNode node) => node switch
    {
        LiteralSyntax literal => new Constant(literal.Value, literal.Position),
        NameSyntax or SelectSyntax or IndexSyntax => Member(node, probe: false),
        CallSyntax call => CompileCall(call),
        UnarySyntax unary => Unary(unary),
        ChainSyntax chain => Chain(chain),
        LogicalSyntax logical => Logical(logical),
        ConditionalSyntax conditional => Conditional(conditional),
        ListSyntax list => List(list),
        MapSyntax map => Map(map),
        InterpolationSyntax text => CompileAll(text.Parts) is { } parts ? Fold(new Interpolation(parts, text.Position), parts) : null,
        _ => throw new InvalidOperationException($"The language has no {node.GetType().Name}."),
    };

    private Operation[]? CompileAll(SyntaxNode[] nodes)
    {
        var operations = new Operation[nodes.Length];
        for (var i = 0; i < operations.Length; i++)
        {
            if (Compile(nodes[i]) is not { } operation)
                return null;
            operations[i] = operation;
        }
        return operations;
    }

    // Compiles with loop variables in scope, in slots by depth.
    private Operation? CompileWithin(SyntaxNode body, params ReadOnlySpan<string> variables)
    {
        foreach (var variable in variables)
            _scope.Add(variable);
        _slots = Math.Max(_slots, _scope.Count);
        var operation = Compile(body);
        _scope.RemoveRange(_scope.Count - variables.Length, variables.Length);
        return operation;
    }

    // What depends on constants alone is computed now; what fails stays, because || may absorb it.
    private Operation Fold(Operation operation, params ReadOnlySpan<Operation> operands)
    {
        foreach (var operand in operands)
        {
            if (operand is not Constant)
                return operation;
        }
        if (_foldingCost >= TotalFoldingCost)
            return operation;
        var frame = new EvaluationFrame(Bindings.Empty, [], FoldingLimits);
        var folded = operation.Evaluate(ref frame, out var value) && frame.CheckResult(value, operation.Position);
        _foldingCost += 1 + frame.Cost;
        return folded ? new Constant(value, operation.Position) : operation;
    }

    private Operation? Unary(UnarySyntax unary)
    {
        if (Compile(unary.Operand) is not { } operand)
            return null;
        return Fold(unary.Operator == TokenKind.Not ? new Not(operand, unary.Position) : new Negate(operand, unary.Position), operand);
    }

    private Operation? Chain(ChainSyntax chain)
    {
        var result = Compile(chain.First);
        if (result is null)
            return null;
        var links = new List<ChainLink>();
        var previous = chain.First;
        foreach (var link in chain.Links)
        {
            if (Compile(link.Operand) is not { } operand)
                return null;
            var compiled = new ChainLink(link.Operator, operand, link.Position, Mismatch(previous, link));
            // Constants at the head fold one by one: 24 * 60 * minutes.
            var folded = links.Count == 0 && result is Constant ? Fold(new Binary(compiled, result), operand) : null;
            if (folded is Constant)
                result = folded;
            else
                links.Add(compiled);
            previous = link.Operand;
        }
        return links switch
        {
            [] => result,
            [var only] => new Binary(only, result),
            _ => new Chain(result, [.. links], chain.Position),
        };
    }

    // Text against a number stays an error, which shows the comparison as it is to be written.
    private static Func<Value, Value, string>? Mismatch(SyntaxNode left, ChainLinkSyntax link) =>
        link.Operator is TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater or TokenKind.GreaterOrEqual
            && Written(left) is { } first && Written(link.Operand) is { } second
            ? (a, b) => Operators.Mismatch(a, b, isLeft => isLeft
                ? $"double({first}) {Parser.Spelling(link.Operator)} {second}"
                : $"{first} {Parser.Spelling(link.Operator)} double({second})")
            : null;

    // The source of what is short enough to be repeated.
    private static string? Written(SyntaxNode node) => node switch
    {
        NameSyntax { Absolute: false } name => name.Name,
        SelectSyntax { Optional: false } select => Written(select.Target) is { } target ? $"{target}.{select.Field}" : null,
        LiteralSyntax { Value.Kind: ValueKind.Int or ValueKind.UInt or ValueKind.Double } literal => Texts.TryConvert(literal.Value),
        _ => null,
    };

    private Operation? Logical(LogicalSyntax logical)
    {
        _conditionals++;
        var operands = CompileAll(logical.Operands);
        _conditionals--;
        return operands is null ? null : Fold(new Logic(logical.IsOr, operands, logical.Position), operands);
    }

    private Operation? Conditional(ConditionalSyntax conditional)
    {
        // The first condition is always evaluated, and nothing else is.
        if (Compile(conditional.Branches[0].Condition) is not { } first)
            return null;
        _conditionals++;
        var rest = CompileAll(
            [
                .. conditional.Branches.Skip(1).Select(branch => branch.Condition),
                .. conditional.Branches.Select(branch => branch.Value),
                conditional.Otherwise,
            ]);
        _conditionals--;
        if (rest is null)
            return null;
        var otherwise = rest[^1];
        var count = conditional.Branches.Length;
        var branches = new Branch[count];
        for (var i = 0; i < count; i++)
            branches[i] = new(i == 0 ? first : rest[i - 1], rest[count - 1 + i]);
        return Fold(
            new Conditional(branches, otherwise, conditional.Position),
            [otherwise, .. branches.SelectMany(branch => new[] { branch.Condition, branch.Value })]);
    }

    private Operation? List(ListSyntax list)
    {
        if (CompileAll([.. list.Items.Select(item => item.Value)]) is not { } values)
            return null;
        var items = values.Select((value, i) => new ListItem(value, list.Items[i].Optional)).ToArray();
        return Fold(new ListLiteral(items, list.Position), values);
    }

    private Operation? Map(MapSyntax map)
    {
        if (CompileAll([.. map.Entries.Select(entry => entry.Key)]) is not { } keys
            || CompileAll([.. map.Entries.Select(entry => entry.Value)]) is not { } values)
            return null;
        var entries = keys.Select((key, i) => new MapEntry(key, values[i], map.Entries[i].Optional)).ToArray();
        return Fold(new MapLiteral(entries, map.Position), [.. keys, .. values]);
    }
}
