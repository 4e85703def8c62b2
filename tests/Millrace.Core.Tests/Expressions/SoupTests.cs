using System.Text;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

/// <summary>Random sources. Whatever they are, they end in a value, an error or a problem, and positions lie within them.</summary>
public sealed class SoupTests
{
    private static readonly string[] Ingredients =
    [
        "input", "a", "x", "list", "null", "true", "false", "1", "0", "-9223372036854775808", "2.5", "1e308", "3u", "0x1F", "'s'", "\"t\"", "b'\\xff'", "r'\\'", "'''q'''",
        "'{{'", "'}}'", "\\", "'", "\"", "(", ")", "[", "]", "{", "}", "{{", "}}", ".", ".?", "[?", ",", ":", "?", "+", "-", "*", "/", "%", "!", "&&", "||", "==", "!=", "<", "<=", ">",
        " in ", "has(", "size(", "type(", "string(", "int(", "double(", "uint(", "bytes(", "timestamp(", "duration(", "dyn(", "optional.of(", "optional.none()", "math.greatest(",
        "math.abs(", "math.bitShiftLeft(", "lists.range(", "json.parse(", "json.stringify(", "base64.decode(", "strings.quote(", ".map(x, ", ".filter(x, ", ".all(x, ", ".exists(i, x, ",
        ".sortBy(x, ", ".transformMap(k, v, ", ".optMap(x, ", ".or(", ".orValue(", ".value()", ".size()", ".matches(", ".format([", ".split(", ".replace(", ".substring(", ".charAt(",
        ".indexOf(", ".lastIndexOf(", ".join(", ".trim()", ".reverse()", ".flatten()", ".distinct()", ".sort()", ".slice(", ".getHours(", ".getFullYear()", "'%s %d %.3f %e %x'",
        "'9999-12-31T23:59:59.999999999Z'", "'0001-01-01T00:00:00-12:00'", "'+14:00'", "'1h'", "'(a+)+$'", "cel.bind(x, ", "\u00e9", "\ud83d\ude00", "\ud800", "\0", "\n", "// c\n", "`q`", "as",
    ];

    private static readonly Bindings Data = new(MapValue.Of(
        ("input", ValueJson.Parse("""{"a": [1, "x", null, {"b": 2.5}], "x": -1, "s": "text"}""")),
        ("a", Value.From(ulong.MaxValue)),
        ("x", double.NaN),
        ("list", Value.List(long.MinValue, long.MaxValue, "\ud83d\ude00"))));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_ingredients_never_throw(int seed)
    {
        var random = new Random(seed);
        var evaluated = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var source = new StringBuilder();
            for (var parts = random.Next(1, 12); parts > 0; parts--)
                source.Append(Ingredients[random.Next(Ingredients.Length)]);
            evaluated += Try(source.ToString());
        }
        Assert.True(evaluated > 100, $"only {evaluated} sources were expressions");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Random_characters_never_throw(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var source = new char[random.Next(0, 30)];
            for (var j = 0; j < source.Length; j++)
                source[j] = (char)random.Next(random.Next(2) == 0 ? 0x80 : 0x10000);
            Try(new string(source));
        }
    }

    // Random sources rarely parse, so published-looking ones are broken in one place.
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void Expressions_with_one_wrong_ingredient_never_throw(int seed)
    {
        var random = new Random(seed);
        string[] sources =
        [
            "input.a.map(x, string(x)).join('-').split('').size() > 2 && 'x' in input.a",
            "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z') > duration('1h')",
            "[1, 2u, 2.5, list[0], a].sortBy(x, -x).slice(0, 2).distinct().first().orValue(0)",
            "'%s %d %.3f %e %x %b %o'.format([input, x, 2.5, 3, 'q', true, list[1]]).replace('', 'y').substring(1, 4)",
            "{'a': 1, 2: x, ?true: input.?x}.transformMap(k, v, [k, v]).exists(k, v, k == 2 || v[0] == 'a') ? a : -list[0]",
        ];
        for (var i = 0; i < 10_000; i++)
        {
            var source = sources[random.Next(sources.Length)];
            var at = random.Next(source.Length);
            var until = Math.Min(source.Length, at + random.Next(0, 8));
            Try(source[..at] + Ingredients[random.Next(Ingredients.Length)] + source[until..]);
        }
    }

    private static int Try(string source)
    {
        var limits = new EvaluationLimits(MaxCost: 50_000, MaxOutput: 1 << 20);
        var count = 0;
        foreach (var expression in new[] { Expression.Parse(source, out _), Expression.ParseUnchecked(source, out _), Expression.ParseCondition(source, out _) })
        {
            if (expression is null)
                continue;
            count++;
            var outcome = expression.Evaluate(Data, limits);
            if (outcome.Succeeded)
                _ = JsonNormalizer.TryNormalize(outcome.Value, out var json, out _) ? json.ToJson() : "";
            else
                Assert.InRange(outcome.Position, 0, source.Length);
        }
        if (Expression.Parse(source, out var problem) is null)
            Assert.InRange(problem!.Position, 0, source.Length);
        var template = Template.Parse("t {{" + source + "}}", out var problems);
        Assert.Equal(template is null, problems.Length > 0);
        var result = template?.Evaluate(Data, limits);
        Assert.True(result is not { Succeeded: true, Value.IsJson: false }, source);
        return count;
    }
}
