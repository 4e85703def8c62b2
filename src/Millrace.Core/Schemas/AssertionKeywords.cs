using System.Globalization;
using Millrace.Core.Patterns;
using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>The keywords that speak of one value alone.</summary>
internal static class AssertionKeywords
{
    private const int MaxPatternLength = 1_000;

    private static readonly string[] Types = ["null", "boolean", "object", "array", "number", "string", "integer"];

    public static bool TryAdd(Keyword keyword)
    {
        switch (keyword.Name)
        {
            case "type": AddType(keyword); break;
            case "enum": AddEnum(keyword); break;
            case "const": AddConst(keyword); break;
            case "required": AddRequired(keyword); break;
            case "pattern": AddPattern(keyword); break;
            case "format": SchemaFormats.Add(keyword); break;
            case "uniqueItems": AddUniqueItems(keyword); break;
            case "minLength": AddSize(keyword, Length, "characters", atLeast: true); break;
            case "maxLength": AddSize(keyword, Length, "characters", atLeast: false); break;
            case "minItems": AddSize(keyword, v => v.TryGetList(out var list) ? list.Count : null, "items", atLeast: true); break;
            case "maxItems": AddSize(keyword, v => v.TryGetList(out var list) ? list.Count : null, "items", atLeast: false); break;
            case "minProperties": AddSize(keyword, v => v.TryGetMap(out var map) ? map.Count : null, "properties", atLeast: true); break;
            case "maxProperties": AddSize(keyword, v => v.TryGetMap(out var map) ? map.Count : null, "properties", atLeast: false); break;
            case "minimum": AddBound(keyword, order => order >= 0, "at least"); break;
            case "maximum": AddBound(keyword, order => order <= 0, "at most"); break;
            case "exclusiveMinimum": AddBound(keyword, order => order > 0, "greater than"); break;
            case "exclusiveMaximum": AddBound(keyword, order => order < 0, "less than"); break;
            case "multipleOf": AddMultipleOf(keyword); break;
            default: return false;
        }
        return true;
    }

    private static void AddType(Keyword keyword)
    {
        var names = keyword.Value.TryGetList(out var list) ? [.. list] : new[] { keyword.Value };
        if (names.Length == 0 || names.Any(name => !name.TryGetString(out var text) || !Types.Contains(text, StringComparer.Ordinal)))
        {
            keyword.Refuse($"'type' must be one or several of {string.Join(", ", Types)}.");
            return;
        }
        var allowed = names.Select(name => name.AsString()).ToArray();
        keyword.Add(value =>
            Array.Exists(allowed, type => IsOf(value, type)) ? null : $"This must be {string.Join(" or ", allowed)}, not {TypeOf(value)}.");
    }

    private static bool IsOf(Value value, string type) => type switch
    {
        "null" => value.IsNull,
        "boolean" => value.Kind == ValueKind.Bool,
        "object" => value.Kind == ValueKind.Map,
        "array" => value.Kind == ValueKind.List,
        "string" => value.Kind == ValueKind.String,
        "number" => IsNumber(value),
        _ =>
            value.Kind is ValueKind.Int or ValueKind.UInt
                || (value.Kind == ValueKind.Double && Math.Floor(value.AsDouble()) == value.AsDouble()),
    };

    private static string TypeOf(Value value) =>
        Types.FirstOrDefault(type => !string.Equals(type, "number", StringComparison.Ordinal) && IsOf(value, type)) ?? "number";

    private static void AddEnum(Keyword keyword)
    {
        if (!keyword.Value.TryGetList(out var list) || list.Count == 0)
        {
            keyword.Refuse("'enum' must be a non-empty list.");
            return;
        }
        var shown = string.Join(", ", list.Take(12).Select(item => item.ToJson())) + (list.Count > 12 ? ", ..." : "");
        keyword.Add(value => list.Contains(value) ? null : $"This must be one of {shown}.");
    }

    private static void AddConst(Keyword keyword)
    {
        var wanted = keyword.Value;
        keyword.Add(value => value.Equals(wanted) ? null : $"This must be {wanted.ToJson()}.");
    }

    private static void AddRequired(Keyword keyword)
    {
        if (keyword.Value.TryGetList(out var list) && list.All(name => name.Kind == ValueKind.String))
            keyword.Node.Rules.Add(new RequiredRule([.. list.Select(name => name.AsString())]));
        else
            keyword.Refuse("'required' must be a list of names.");
    }

    private static void AddPattern(Keyword keyword)
    {
        if (!keyword.Value.TryGetString(out var pattern) || pattern.Length > MaxPatternLength)
        {
            keyword.Refuse($"'pattern' must be text of at most {MaxPatternLength} characters.");
            return;
        }
        if (Pattern.Compile(pattern, out var error) is { } compiled)
            keyword.Node.Rules.Add(new PatternRule(compiled));
        else
            keyword.Refuse($"The pattern cannot be used: {error}.");
    }

    private static void AddUniqueItems(Keyword keyword)
    {
        if (!keyword.Value.TryGetBool(out var unique))
            keyword.Refuse("'uniqueItems' must be true or false.");
        else if (unique)
            keyword.Node.Rules.Add(new UniqueItemsRule());
    }

    // JSON schema counts characters, not UTF-16 units.
    private static int? Length(Value value)
    {
        if (!value.TryGetString(out var text))
            return null;
        var length = text.Length;
        foreach (var c in text)
        {
            if (char.IsLowSurrogate(c))
                length--;
        }
        return length;
    }

    private static void AddSize(Keyword keyword, Func<Value, int?> sizeOf, string what, bool atLeast)
    {
        if (!keyword.Value.TryGetInt(out var bound) || bound < 0)
        {
            keyword.Refuse($"'{keyword.Name}' must be a whole number, 0 or more.");
            return;
        }
        keyword.Add(value => sizeOf(value) is not { } size || (atLeast ? size >= bound : size <= bound)
            ? null
            : $"This must have {(atLeast ? "at least" : "at most")} {bound} {what}; it has {size}.");
    }

    private static void AddBound(Keyword keyword, Func<int, bool> passes, string words)
    {
        if (!IsNumber(keyword.Value))
        {
            keyword.Refuse($"'{keyword.Name}' must be a number.");
            return;
        }
        var bound = keyword.Value;
        keyword.Add(value => !IsNumber(value) || passes(Compare(value, bound)) ? null : $"This must be {words} {bound.ToJson()}.");
    }

    private static void AddMultipleOf(Keyword keyword)
    {
        var factor = IsNumber(keyword.Value) ? ToDouble(keyword.Value) : 0;
        if (factor <= 0)
        {
            keyword.Refuse("'multipleOf' must be a number greater than 0.");
            return;
        }
        keyword.Add(
            value => !IsNumber(value) || IsMultiple(value, keyword.Value) ? null : $"This must be a multiple of {keyword.Value.ToJson()}.");
    }

    private static bool IsMultiple(Value value, Value factor)
    {
        if (value.TryGetInt(out var number) && factor.TryGetInt(out var step))
            return number % step == 0;
        // Decimal, because 0.3 is a multiple of 0.1 to whoever wrote it.
        if (Math.Abs(ToDouble(value)) < 1e14 && ToDouble(factor) is > 1e-10 and < 1e14)
            return (decimal)ToDouble(value) % (decimal)ToDouble(factor) == 0;
        return Math.IEEERemainder(ToDouble(value), ToDouble(factor)) == 0;
    }

    private static bool IsNumber(Value value) => value.Kind is ValueKind.Int or ValueKind.Double or ValueKind.UInt;

    private static int Compare(Value left, Value right) => left.TryGetInt(out var first) && right.TryGetInt(out var second)
        ? first.CompareTo(second)
        : ToDouble(left).CompareTo(ToDouble(right));

    private static double ToDouble(Value value) => value.Kind switch
    {
        ValueKind.Int => value.AsInt(),
        ValueKind.UInt => value.AsUInt(),
        _ => value.AsDouble(),
    };
}
