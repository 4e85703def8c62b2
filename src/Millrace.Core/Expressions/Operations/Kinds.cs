using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>Kinds as error messages name them.</summary>
internal static class Kinds
{
    public static string Name(in Value value) => Name(value.Kind);

    public static string Name(ValueKind kind) => kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Timestamp => "timestamp",
        ValueKind.Duration => "duration",
        ValueKind.Optional => "optional",
        _ => TypeValue.Of(kind).Name,
    };

    public static bool IsNumber(ValueKind kind) => kind is ValueKind.Int or ValueKind.UInt or ValueKind.Double;
}
