using System.Globalization;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>Shows values as text, for messages and conversions.</summary>
internal static class Texts
{
    private const int ShownLength = 40;

    /// <summary>A scalar as string(x) gives it; null for kinds that have no text of their own.</summary>
    public static string? TryConvert(in Value value) => value.Kind switch
    {
        ValueKind.Bool => value.AsBool() ? "true" : "false",
        ValueKind.Int => value.AsInt().ToString(CultureInfo.InvariantCulture),
        ValueKind.UInt => value.AsUInt().ToString(CultureInfo.InvariantCulture),
        ValueKind.Double => NumberText.Of(value.AsDouble()),
        ValueKind.String => value.AsString(),
        ValueKind.Timestamp => value.AsTimestamp().ToString(),
        ValueKind.Duration => value.AsDuration().ToString(),
        ValueKind.Type => value.AsType().Name,
        _ => null,
    };

    /// <summary>A value as an error message quotes it: short, text in quotes, a list or map by its kind.</summary>
    public static string Show(in Value value)
    {
        if (value.IsNull)
            return "null";
        if (!value.TryGetString(out var text))
            return TryConvert(value) ?? Kinds.Name(value);
        return text.Length <= ShownLength ? $"'{text}'" : $"'{text[..ShownLength]}...'";
    }
}
