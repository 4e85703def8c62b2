using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;

namespace Millrace.Sandbox.Realms;

/// <summary>Writes values of a realm as JSON. What JSON has no word for is refused, with its place.</summary>
/// <param name="json">Where it is written.</param>
internal sealed class ScriptToJson(Utf8JsonWriter json)
{
    // As deep as Millrace reads.
    private const int MaxDepth = 128;
    private const double MaxExact = 9_007_199_254_740_991;

    // What becomes an empty object, or something else than was meant, in the JSON of other programs.
    private static readonly HashSet<string> Refused =
    [
        "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "RegExp", "Promise", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Error",
        "Generator", "Symbol", "BigInt", "Proxy",
        "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "BigInt64Array",
        "BigUint64Array", "Float16Array", "Float32Array",
        "Float64Array",
    ];

    private readonly List<string> _path = [];
    private readonly HashSet<object> _open = new(ReferenceEqualityComparer.Instance);

    /// <summary>Writes a value; undefined is null.</summary>
    /// <exception cref="ValueException">JSON cannot say it.</exception>
    public void Write(JsValue value)
    {
        value = Plain(value);
        if (value.IsUndefined() || value.IsNull())
            json.WriteNullValue();
        else if (value.IsBoolean())
            json.WriteBooleanValue(value.AsBoolean());
        else if (value.IsString())
            Text(value.AsString());
        else if (value.IsNumber())
            Number(value.AsNumber());
        else if (value is ObjectInstance instance && !value.IsCallable())
            Compound(instance);
        else
            throw Problem($"{Kind(value)} is nothing that JSON can say");
    }

    // What says itself how it is to be written, such as a date, is taken at its word.
    private JsValue Plain(JsValue value)
    {
        if (value is not ObjectInstance instance || value.IsCallable() || instance.Get("toJSON") is not { } written
            || !written.IsCallable())
            return value;
        if (value.IsDate() && double.IsNaN(value.AsDate().DateValue))
            throw Problem("an invalid date is nothing that JSON can say");
        return instance.Engine.Call(written, value, [new JsString(_path.Count > 0 ? _path[^1] : "")]);
    }

    private void Compound(ObjectInstance value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (!_open.Add(value))
            throw Problem("it contains itself");
        if (_path.Count >= MaxDepth - 8)
            throw Problem("it is nested too deeply, or contains itself");
        if (value.IsArray())
            List(value);
        else if (Kind(value) is var kind && Refused.Contains(kind))
            throw Problem($"a {kind} is nothing that JSON can say; make an array, an object or text of it");
        else
            Map(value);
        _open.Remove(value);
    }

    private void List(ObjectInstance list)
    {
        json.WriteStartArray();
        var length = TypeConverter.ToNumber(list.Get("length"));
        for (var at = 0L; at < length; at++)
        {
            var name = at.ToString(CultureInfo.InvariantCulture);
            _path.Add(name);
            Write(list.Get(name));
            _path.RemoveAt(_path.Count - 1);
        }
        json.WriteEndArray();
    }

    private void Map(ObjectInstance map)
    {
        json.WriteStartObject();
        foreach (var key in map.GetOwnPropertyKeys(Types.String))
        {
            if (!map.GetOwnProperty(key).Enumerable)
                continue;
            var name = key.AsString();
            _path.Add(name);
            var value = map.Get(key);
            if (!value.IsUndefined())
            {
                json.WritePropertyName(Whole(name));
                Write(value);
            }
            _path.RemoveAt(_path.Count - 1);
        }
        json.WriteEndObject();
    }

    private void Text(string text) => json.WriteStringValue(Whole(text));

    private string Whole(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
                continue;
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                throw Problem("a text with half of a surrogate pair is nothing that JSON can say");
            at++;
        }
        return text;
    }

    // Whole numbers that JavaScript counts exactly are integers; any other is a floating-point number, in its shortest digits.
    private void Number(double number)
    {
        if (!double.IsFinite(number))
            throw Problem($"{(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity")} is nothing that JSON can say");
        if (number == Math.Truncate(number) && Math.Abs(number) <= MaxExact && !(number == 0 && double.IsNegative(number)))
            json.WriteNumberValue((long)number);
        else
            json.WriteRawValue(Digits(number), skipInputValidation: true);
    }

    private static string Digits(double number)
    {
        var digits = number.ToString("R", CultureInfo.InvariantCulture);
        return digits.AsSpan().IndexOfAny('.', 'E') >= 0 ? digits : digits + ".0";
    }

    private static string Kind(JsValue value) => value switch
    {
        ObjectInstance instance when value.IsCallable() => "function",
        ObjectInstance instance => Class(instance),
        _ when value.IsBigInt() => "a BigInt",
        _ when value.IsSymbol() => "a Symbol",
        _ => value.Type.ToString(),
    };

    private static string Class(ObjectInstance value)
    {
        if (value.IsRegExp())
            return "RegExp";
        if (value.IsPromise())
            return "Promise";
        var name = value.GetType().Name;
        return name.StartsWith("Js", StringComparison.Ordinal) && Refused.Contains(name[2..]) ? name[2..] : Tag(value);
    }

    private static string Tag(ObjectInstance value) =>
        value.Get(Jint.Native.Symbol.GlobalSymbolRegistry.ToStringTag) is { } tag && tag.IsString() && Refused.Contains(tag.AsString())
            ? tag.AsString() : "Object";

    private ValueException Problem(string what) => new($"{what} (at '/{string.Join('/', _path)}')");
}
