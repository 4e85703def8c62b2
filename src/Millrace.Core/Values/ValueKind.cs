namespace Millrace.Core.Values;

/// <summary>
/// The closed set of kinds a <see cref="Value"/> can be. The first eight exist in JSON; the rest only inside an expression.
/// </summary>
public enum ValueKind : byte
{
    /// <summary>JSON null; also the default <see cref="Value"/>.</summary>
    Null,
    /// <summary>A boolean: true or false.</summary>
    Bool,
    /// <summary>A 64-bit signed integer. JSON numbers without fraction or exponent are ints.</summary>
    Int,
    /// <summary>A 64-bit IEEE double.</summary>
    Double,
    /// <summary>Text: a sequence of Unicode code points.</summary>
    String,
    /// <summary>An ordered list of values.</summary>
    List,
    /// <summary>A map; from JSON its keys are strings, in authored order.</summary>
    Map,
    /// <summary>A 64-bit unsigned integer (expressions only; JSON: a number).</summary>
    UInt,
    /// <summary>Octets (expressions only; JSON: base64).</summary>
    Bytes,
    /// <summary>An instant, UTC, with nanoseconds (expressions only; JSON: RFC 3339 text).</summary>
    Timestamp,
    /// <summary>A length of time with nanoseconds (expressions only; JSON: text such as "1.5s").</summary>
    Duration,
    /// <summary>A type (expressions only; JSON: its name).</summary>
    Type,
    /// <summary>Present or absent (expressions only; JSON: the value, or null).</summary>
    Optional,
}
