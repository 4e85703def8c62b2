using System.Text;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Fuzz.Generation;

/// <summary>Makes sources by CEL's grammar: most of them parse, and many come to a value.</summary>
internal sealed class ExpressionGrammar
{
    /// <summary>Sources with something of everything.</summary>
    public static readonly string[] Samples =
    [
        "input.a.map(x, string(x)).join('-').split('').size() > 2 && 'x' in input.a",
        "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z') > duration('1h')",
        "[1, 2u, 2.5, list[0], a].sortBy(x, -x).slice(0, 2).distinct().first().orValue(0)",
        "'%s %d %.3f %e %x %b %o'.format([input, x, 2.5, 3, 'q', true, list[1]]).replace('', 'y').substring(1, 4)",
        "{'a': 1, 2: x, ?true: input.?x}.transformMap(k, v, [k, v]).exists(k, v, k == 2 || v[0] == 'a') ? a : -list[0]",
        "has(input.a) && size(input.a) > 1 ? input.a[?7].orValue('none') : string(input.x)",
        "cel.bind(y, input.a.filter(v, type(v) == int), y.map(v, v * 2) + [math.greatest(y)])",
        "json.parse(json.stringify(input)) == input && base64.decode(base64.encode(b'\\xff')) == b'\\xff'",
        "'A' < 'a' || 1 < 2.0 || 1u <= 2 || timestamp(0) < timestamp('2026-01-01T00:00:00Z')",
        "lists.range(10).map(i, lists.range(i).map(j, i * j)).flatten().distinct().sort().reverse()",
        "input.s.matches('^[a-z]{1,20}$') ? input.s.upperAscii().reverse() : input.s.trim()",
        "optional.of(input).?a[?0].optMap(v, v + 1).or(optional.none()).hasValue()",
        "duration('1h30m').getMinutes() + timestamp('2024-02-29T00:00:00Z').getDayOfYear('Europe/Berlin')",
        "math.bitShiftLeft(1, 62) | 0", "-9223372036854775808 / -1", "9223372036854775807 + 1", "1.0 / 0.0", "0.0 / 0.0 == 0.0 / 0.0", "{{ input.x }} > 3", "'a {{ input.x }} b'",
        "[[1, 2], [3]].exists_one(x, x.all(y, y > 2))", "dyn(1) == 1u", "type(type(1)) == type", "b'abc'[0]", "r'\\d' + '''x''' + \"\\u00e9\\U0001F600\\x41\\101\"", "0xFFu + 1u", "1e308 * 10.0",
    ];

    /// <summary>Pieces that mean something to the lexer.</summary>
    public static readonly string[] Tokens =
    [
        "null", "true", "false", "0", "1", "-1", "2.5", "1e308", "3u", "0x1F", "-9223372036854775808", "18446744073709551615u", "'s'", "\"t\"", "b'\\xff'", "r'\\'", "'''q'''", "'{{'", "'}}'", "\\", "'", "\"", "(", ")",
        "[", "]", "{", "}", "{{", "}}", ".", ".?", "[?", ",", ":", "?", "+", "-", "*", "/", "%", "!", "&&", "||", "==", "!=", "<", "<=", ">", ">=", " in ", " as ", "`q`", "// c\n", "\n%%\n", "\u00e9", "\ud83d\ude00", "\0", "\ufeff",
        .. Roots, .. Functions.Select(name => name + "("), .. Methods
        .Select(name => "." + name + "("), .. Macros
        .Select(name => "." + name + "(x, "),
    ];

    /// <summary>Names with awkward values.</summary>
    public static readonly Bindings Scope = new(MapValue.Of(
        ("input", ValueJson.Parse("""{"a": [1, "x", null, {"b": 2.5}, 7], "x": -1, "s": "text", "q": {"\ud83d\ude00": [[], {}]}}""")),
        ("a", Value.From(ulong.MaxValue)),
        ("x", double.NaN),
        ("list", Value.List(long.MinValue, long.MaxValue, "\ud83d\ude00", -0.0, 1e308)),
        ("data", ValueJson.Parse("""{"items": [{"n": 3, "t": "c"}, {"n": 1, "t": "a"}, {"n": 2}], "when": "2024-02-29T12:00:00Z", "text": "a,b;c\nd"}"""))));

    private static string[] Roots =>
        ["input", "a", "x", "list", "data", "nothing", "input.a", "input.s", "data.items", "data.text", "list[0]"];

    private static string[] Literals =>
    [
        "null", "true", "false", "0", "1", "-1", "7", "-9223372036854775808", "9223372036854775807", "3u", "18446744073709551615u", "0.5", "1e308", "-0.0", "5e-324", "''", "'a'", "'x,y'", "'\ud83d\ude00'", "'\\n'", "b''", "b'\\xff'",
        "'(a+)+$'", "'[a-c]*'", "'2024-02-29T12:00:00Z'", "'1h'", "'%s %d'", "'Europe/Berlin'", "'+14:00'", "[]", "{}", "[1, 2, 3]", "['b', 'a']", "{'k': 1}", "timestamp(0)", "duration('90s')", "optional.none()", "optional.of(1)", "int", "string",
    ];

    private static string[] Functions =>
    [
        "size", "type", "string", "int", "double", "uint", "bytes", "bool", "dyn", "timestamp", "duration", "has", "optional.of", "optional.ofNonZeroValue", "math.greatest", "math.least", "math.abs", "math.ceil", "math.floor", "math.round", "math.sign",
        "math.isNaN", "math.sqrt", "math.sum", "math.bitAnd", "math.bitNot", "math.bitShiftLeft", "math.bitShiftRight", "lists.range", "json.parse", "json.stringify", "base64.encode", "base64.decode", "strings.quote", "maps.keys", "maps.values",
    ];

    private static string[] Methods =>
    [
        "size", "contains", "startsWith", "endsWith", "matches", "format", "split", "replace", "substring", "charAt", "indexOf", "lastIndexOf", "join", "trim", "reverse", "flatten", "distinct", "sort", "slice", "first", "last", "lowerAscii", "upperAscii",
        "getHours", "getFullYear", "getDate", "getDayOfYear", "getMinutes", "getMilliseconds", "or", "orValue", "value", "hasValue",
    ];

    private static string[] Macros => ["map", "filter", "all", "exists", "exists_one", "sortBy", "optMap", "optFlatMap"];

    private static string[] Operators => ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " in "];

    /// <summary>A source of at most so many levels.</summary>
    public string Expression(Random random, int depth)
    {
        var source = new StringBuilder();
        Append(source, random, depth);
        return source.ToString();
    }

    /// <summary>Names for a source that it may use.</summary>
    public static Value Bindings(Random random) => MapValue.Of(
        ("input", Data(random, 3)),
        ("x", Data(random, 1)),
        ("list", ListValue.Create(Enumerable.Range(0, random.Next(5)).Select(_ => Data(random, 1)))),
        ("data", MapValue.Of(("items", Data(random, 2)), ("text", "a,b"))));

    private static Value Data(Random random, int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64),
        1 => BitConverter.Int64BitsToDouble(random.NextInt64()) is var number && double.IsFinite(number) ? number : 0.5,
        2 =>
            string.Concat(
                Enumerable.Range(0, random.Next(6))
                    .Select(_ => char.ConvertFromUtf32(random.Next(4) == 0 ? random.Next(0xE000, 0x10FFFF) : random.Next(1, 0x250)))),
        3 => random.Next(2) == 0,
        4 => Value.Null,
        5 => ListValue.Create(Enumerable.Range(0, random.Next(4)).Select(_ => Data(random, depth - 1))),
        _ =>
            MapValue.Create(
                ((string[])["a", "b", "x", "s"]).Take(random.Next(5)).Select(key => KeyValuePair.Create(key, Data(random, depth - 1)))),
    };

    private static string Any(Random random, string[] from) => from[random.Next(from.Length)];

    private void Append(StringBuilder source, Random random, int depth)
    {
        if (depth <= 0 || source.Length > 4_000)
        {
            source.Append(Any(random, random.Next(2) == 0 ? Roots : Literals));
            return;
        }
        switch (random.Next(12))
        {
            case 0: source.Append(Any(random, Roots)); break;
            case 1: source.Append(Any(random, Literals)); break;
            case 2: Append(source, random, depth - 1); source.Append(Any(random, Operators)); Append(source, random, depth - 1); break;
            case 3: AppendCall(source, random, Any(random, Functions), depth); break;
            case 4 or 5: Append(source, random, depth - 1); AppendCall(source, random, "." + Any(random, Methods), depth); break;
            case 6 or 7: AppendMacro(source, random, depth); break;
            case 8: source.Append('('); Append(source, random, depth - 1); source.Append(") ? "); Parenthesised(source, random, depth - 1); source.Append(" : "); Parenthesised(source, random, depth - 1); break;
            case 9: AppendList(source, random, depth); break;
            case 10: AppendMap(source, random, depth); break;
            default: AppendSelection(source, random, depth); break;
        }
    }

    private void Parenthesised(StringBuilder source, Random random, int depth)
    {
        source.Append('(');
        Append(source, random, depth);
        source.Append(')');
    }

    private void AppendCall(StringBuilder source, Random random, string name, int depth)
    {
        source.Append(name).Append('(');
        for (var arguments = random.Next(3); arguments > 0; arguments--)
        {
            Append(source, random, depth - 2);
            source.Append(arguments > 1 ? ", " : "");
        }
        source.Append(')');
    }

    private void AppendMacro(StringBuilder source, Random random, int depth)
    {
        source
            .Append(random.Next(4) == 0 ? $"lists.range({random.Next(random.Next(10) == 0 ? 2_000 : 30)})" : Any(random, Roots))
            .Append('.')
            .Append(Any(random, Macros))
            .Append('(')
            .Append(random.Next(2) == 0 ? "x, " : "v, ");
        Append(source, random, depth - 1);
        source.Append(')');
    }

    private void AppendList(StringBuilder source, Random random, int depth)
    {
        source.Append('[');
        for (var items = random.Next(4); items > 0; items--)
        {
            source.Append(random.Next(8) == 0 ? "?" : "");
            Append(source, random, depth - 1);
            source.Append(items > 1 ? ", " : "");
        }
        source.Append(']');
    }

    private void AppendMap(StringBuilder source, Random random, int depth)
    {
        source.Append('{');
        for (var items = random.Next(4); items > 0; items--)
        {
            source.Append(random.Next(8) == 0 ? "?" : "").Append(Any(random, Literals)).Append(": ");
            Append(source, random, depth - 1);
            source.Append(items > 1 ? ", " : "");
        }
        source.Append('}');
    }

    private void AppendSelection(StringBuilder source, Random random, int depth)
    {
        Append(source, random, depth - 1);
        switch (random.Next(4))
        {
            case 0: source.Append(".a"); break;
            case 1: source.Append(".?x"); break;
            case 2: source.Append("[?"); Append(source, random, depth - 2); source.Append(']'); break;
            default: source.Append('['); Append(source, random, depth - 2); source.Append(']'); break;
        }
    }
}
