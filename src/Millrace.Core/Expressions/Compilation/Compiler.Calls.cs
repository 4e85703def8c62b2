using Millrace.Core.Expressions.Functions;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Expressions.Syntax;

namespace Millrace.Core.Expressions.Compilation;

// Functions, methods and macros.
internal sealed partial class Compiler
{
    private Operation? CompileCall(CallSyntax call)
    {
        if (call.Target is null)
            return call.Name is "has" ? Has(call) : FreeCall(call, call.Name);
        if (call.Target is NameSyntax { Absolute: false } space && FindLocal(space) < 0)
        {
            if (space.Name is "cel" && call.Name is "bind")
                return Bind(call);
            // A bound name may be spelt like a namespace; what the namespace lacks is then asked of its value.
            var name = $"{space.Name}.{call.Name}";
            if (FunctionTable.All.FindFunction(name) is not null || (FunctionTable.All.IsNamespace(space.Name) && !IsMethod(call.Name)))
                return FreeCall(call, name);
        }
        return IsMacro(call.Name) ? Macro(call) : MethodCall(call, call.Target);
    }

    private static bool IsMethod(string name) =>
        IsMacro(name) || name is "matches" or "or" or "orValue" || FunctionTable.All.FindMethod(name) is not null;

    private Operation? FreeCall(CallSyntax call, string name)
    {
        if (name is "matches" && call.Arguments.Length == 2)
            return Matching(call, call.Arguments[0], call.Arguments[1]);
        var function = FunctionTable.All.FindFunction(name);
        return function is null
            ? Unresolved(FunctionTable.All.DescribeUnknown(name, method: false), call.Position)
            : Invoke(function, call.Arguments, call.Position);
    }

    private Operation? MethodCall(CallSyntax call, SyntaxNode target)
    {
        if (call is { Name: "matches", Arguments: [var pattern] })
            return Matching(call, target, pattern);
        if (call is { Name: "or" or "orValue", Arguments: [var other] })
            return CompileAll([target, other]) is [var first, var second]
                ? Fold(new OptionalOr(first, second, call.Name is "orValue", call.Position), first, second)
                : null;
        var method = FunctionTable.All.FindMethod(call.Name);
        return method is null
            ? Unresolved(FunctionTable.All.DescribeUnknown(call.Name, method: true), call.Position)
            : Invoke(method, [target, .. call.Arguments], call.Position);
    }

    private Operation? Invoke(Function function, SyntaxNode[] arguments, int position)
    {
        if (!function.Takes(arguments.Length))
            return Unresolved($"{function.Name} takes other arguments: {function.Signatures()}", position);
        return CompileAll(arguments) is { } operations ? Fold(new Call(function, operations, position), operations) : null;
    }

    private Operation? Matching(CallSyntax call, SyntaxNode text, SyntaxNode pattern)
    {
        if (CompileAll([text, pattern]) is not [var subject, var source])
            return null;
        Patterns.Pattern? compiled = null;
        if (source is Constant { Value: var literal } && literal.TryGetString(out var known))
        {
            compiled = Matches.Compile(known, out var error);
            if (compiled is null)
                return Unresolved(error!, source.Position);
        }
        return Fold(new Matches(subject, source, compiled, call.Position), subject, source);
    }

    private Operation? Has(CallSyntax call)
    {
        if (call.Arguments is not [SelectSyntax { Optional: false } or IndexSyntax { Optional: false, Index: LiteralSyntax }]
            || FieldOf(call.Arguments[0]) is null)
            return Fail("has() needs a selection such as has(a.b)", call.Position);
        return Member(call.Arguments[0], probe: true);
    }

    private Operation? Bind(CallSyntax call)
    {
        if (call.Arguments is not [NameSyntax { Absolute: false } variable, var value, var body])
            return Fail("cel.bind needs a name, a value and an expression: cel.bind(x, 1 + 2, x * x)", call.Position);
        var slot = _scope.Count;
        return Compile(value) is { } first && CompileWithin(body, variable.Name) is { } second
            ? new Bind(slot, first, second, call.Position)
            : null;
    }

    private static bool IsMacro(string name) => name is "all" or "exists" or "exists_one" or "existsOne" or "filter" or "map"
        or "transformList" or "transformMap" or "transformMapEntry" or "sortBy" or "optMap" or "optFlatMap";

    private Operation? Macro(CallSyntax call) => call.Name switch
    {
        "all" or "exists" or "exists_one" or "existsOne" => Comprehension(call, variables: [1, 2], bodies: [1]),
        "map" => Comprehension(call, variables: [1], bodies: [1, 2]),
        "transformList" or "transformMap" or "transformMapEntry" => Comprehension(call, variables: [2], bodies: [1, 2]),
        _ => Comprehension(call, variables: [1], bodies: [1]),
    };

    private Operation? Comprehension(CallSyntax call, ReadOnlySpan<int> variables, ReadOnlySpan<int> bodies)
    {
        foreach (var names in variables)
        {
            foreach (var count in bodies)
            {
                if (call.Arguments.Length == names + count)
                    return Comprehension(call, names);
            }
        }
        var wanted = variables.Contains(2) && !variables.Contains(1)
            ? "two variables"
            : variables.Length > 1
            ? "one or two variables"
            : "a variable";
        return Fail(
            $"{call.Name}() needs {wanted} and {(bodies.Length > 1 ? "one or two expressions" : "an expression")}, as in "
                + $"list.{call.Name}({(variables[0] == 2 ? "i, x" : "x")}, ...)",
            call.Position);
    }

    private Operation? Comprehension(CallSyntax call, int variables)
    {
        var names = new string[variables];
        for (var i = 0; i < variables; i++)
        {
            if (call.Arguments[i] is not NameSyntax { Absolute: false } name)
                return Fail(
                    $"the {(i == 0 ? "first" : "second")} argument of {call.Name}() must be a plain name", call.Arguments[i].Position);
            if (i == 1 && string.Equals(names[0], name.Name, StringComparison.Ordinal))
                return Fail($"the two variables of {call.Name}() must differ", name.Position);
            names[i] = name.Name;
        }
        var slots = new LoopVariables(_scope.Count, variables == 2 ? _scope.Count + 1 : -1);
        if (Compile(call.Target!) is not { } source)
            return null;
        var bodies = new Operation[call.Arguments.Length - variables];
        for (var i = 0; i < bodies.Length; i++)
        {
            if (CompileWithin(call.Arguments[variables + i], names) is not { } body)
                return null;
            bodies[i] = body;
        }
        var filter = bodies.Length > 1 ? bodies[0] : null;
        var position = call.Position;
        return call.Name switch
        {
            "all" => new Quantifier(false, source, slots, bodies[^1], position),
            "exists" => new Quantifier(true, source, slots, bodies[^1], position),
            "exists_one" or "existsOne" => new ExistsOne(source, slots, bodies[^1], position),
            "filter" => new Transform(source, slots, bodies[^1], new Local(slots.First, position), position),
            "map" or "transformList" => new Transform(source, slots, filter, bodies[^1], position),
            "transformMap" => new TransformMap(source, slots, filter, bodies[^1], entries: false, position),
            "transformMapEntry" => new TransformMap(source, slots, filter, bodies[^1], entries: true, position),
            "sortBy" => new SortBy(source, slots.First, bodies[^1], position),
            "optMap" => new OptionalMap(source, slots.First, bodies[^1], flat: false, position),
            _ => new OptionalMap(source, slots.First, bodies[^1], flat: true, position),
        };
    }
}
