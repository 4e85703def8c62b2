using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>Optionals. or, orValue, optMap and optFlatMap evaluate lazily and are operations of their own.</summary>
internal static class OptionalFunctions
{
    public static void Register(FunctionTable table)
    {
        table.Function("optional.of(any)", Of).Function("optional.none()", None).Function("optional.ofNonZeroValue(any)", OfNonZeroValue);
        table.Method("optional.hasValue()", HasValue).Method("optional.value()", ValueOf);
        table.Function("optional.unwrap(list)", Unwrap).Method("list.unwrapOpt()", Unwrap);
    }

    private static bool Of(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = OptionalValue.Of(arguments[0]);
        return frame.Allocate(32, position);
    }

    private static bool None(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = OptionalValue.None;
        return true;
    }

    private static bool OfNonZeroValue(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = IsZero(arguments[0]) ? OptionalValue.None : OptionalValue.Of(arguments[0]);
        return frame.Allocate(32, position);
    }

    private static bool IsZero(in Value value) => value.Kind switch
    {
        ValueKind.Null => true,
        ValueKind.Bool => !value.AsBool(),
        ValueKind.Int => value.AsInt() == 0,
        ValueKind.UInt => value.AsUInt() == 0,
        ValueKind.Double => value.AsDouble() == 0,
        ValueKind.String => value.AsString().Length == 0,
        ValueKind.Bytes => value.AsBytes().Span.IsEmpty,
        ValueKind.List => value.AsList().Count == 0,
        ValueKind.Map => value.AsMap().Count == 0,
        ValueKind.Duration => value.AsDuration().Nanoseconds == 0,
        ValueKind.Optional => !value.AsOptional().HasValue,
        _ => false,
    };

    private static bool HasValue(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = arguments[0].AsOptional().HasValue;
        return true;
    }

    private static bool ValueOf(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var optional = arguments[0].AsOptional();
        result = optional.Value;
        return optional.HasValue
            || frame.Fail(static (_, _) => "the optional has no value; ask hasValue() first or use orValue(x)", position);
    }

    private static bool Unwrap(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var list = arguments[0].AsList();
        if (!frame.AllocateItems(list.Count, position))
            return false;
        var items = new List<Value>(list.Count);
        foreach (var item in list)
        {
            if (!item.TryGetOptional(out var optional))
                return frame.Fail(
                    static (found, _) => $"no such overload: unwrap needs a list of optionals, found {Kinds.Name(found)} in it",
                    item,
                    position);
            if (optional.HasValue)
                items.Add(optional.Value);
        }
        result = ListValue.Own([.. items]);
        return true;
    }
}
