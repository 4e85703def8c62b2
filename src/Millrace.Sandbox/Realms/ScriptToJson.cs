using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Native.Symbol;
using Jint.Runtime;

namespace Millrace.Sandbox.Realms;

/// <summary>Writes values of a realm as JSON. What JSON has no word for is refused, with its place.</summary>
/// <param name="json">Where it is written.</param>
internal sealed class ScriptToJson(Utf8JsonWriter json)
{
    // As deep as Millrace reads.
    private const int MaxDepth = 128;
    private const double MaxExact = 9_007_199_254_740_991;

    // Made of plain objects here, and no more than these anything that JSON can say.
    private static readonly HashSet<string> Refused = new(StringComparer.Ordinal) { "URLSearchParams", "TextEncoder", "TextDecoder" };

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
        else if (value is JsArray || (value is JsObject map && !Refused.Contains(Tag(map))))
            Compound((ObjectInstance)value);
        else
            throw Problem($"{Kind(value)} is nothing that JSON can say; make an array, an object or text of it");
    }

    // What says itself how it is to be written, such as a date, is taken at its word.
    private JsValue Plain(JsValue value)
    {
        value = Said(value);
        return value is ObjectInstance boxed and not (JsObject or JsArray) && Class(boxed) is "Number" or "String" or "Boolean"
            ? TypeConverter.ToPrimitive(value) : value;
    }

    private JsValue Said(JsValue value)
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
        if (value is JsArray)
            List(value);
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
        foreach (var key in map.GetOwnPropertyKeys())
        {
            if (!map.GetOwnProperty(key).Enumerable)
                continue;
            if (key.IsSymbol())
                throw Problem("a property whose name is a symbol is nothing that JSON can say");
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

    // Not as Millrace itself writes it, which this process has nothing of: whoever reads it writes it anew.
    private static string Digits(double number)
    {
        var digits = number.ToString("R", CultureInfo.InvariantCulture);
        return digits.AsSpan().IndexOfAny('.', 'E') >= 0 ? digits : digits + ".0";
    }

    private static string Kind(JsValue value) => value switch
    {
        ObjectInstance when value.IsCallable() => "a function",
        ObjectInstance instance => WithArticle(Class(instance)),
        _ => WithArticle(value.Type.ToString()),
    };

    // What the interpreter calls it is what the language does, but for what stands around it.
    private static string Class(ObjectInstance value)
    {
        if (value is JsObject)
            return Tag(value);
        var name = value.GetType().Name;
        name = name.StartsWith("Js", StringComparison.Ordinal) ? name[2..] : name;
        return name.EndsWith("Instance", StringComparison.Ordinal) ? name[..^"Instance".Length] : name;
    }

    private static string Tag(ObjectInstance value) =>
        value.Get(GlobalSymbolRegistry.ToStringTag) is { } tag && tag.IsString() ? tag.AsString() : "Object";

    private static string WithArticle(string name) => $"{(name[0] is 'A' or 'E' or 'I' or 'O' ? "an" : "a")} {name}";

    private ValueException Problem(string what) => new($"{what} (at '/{string.Join('/', _path)}')");
}
