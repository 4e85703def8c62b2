using System.Diagnostics;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

/// <summary>Expressions written to exhaust the machine. Each must end quickly, and in an error.</summary>
public sealed class HostileTests
{
    // Generous, because it must hold on a busy machine; unbounded work would take minutes or never end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly Bindings Data = new(MapValue.Of(
        ("numbers", ListValue.Create(Enumerable.Range(0, 2_000).Select(i => (Value)i))),
        ("words", ListValue.Create(Enumerable.Range(0, 2_000).Select(i => (Value)$"word {i}"))),
        ("text", new string('a', 200_000)),
        ("nested", Nested(100)),
        ("equal", Value.List(Wide(), Wide())),
        ("rows", ListValue.Create(Enumerable.Range(0, 2_000).Select(_ => Wide())))));

    [Theory]
    [InlineData("''.NAME")]
    [InlineData("NAME")]
    [InlineData("''.NAME()")]
    [InlineData("has('a'.NAME)")]
    public void An_error_does_not_recite_an_endless_name(string source)
    {
        var evaluation =
            Expression.Parse(source.Replace("NAME", new string('n', 9_000), StringComparison.Ordinal), out var problem)?.Evaluate(Data);
        Assert.InRange((problem?.Message ?? evaluation!.Value.Error!).Length, 10, 1_100);
    }

    public static TheoryData<string> TooMuch =>
    [
        "numbers.all(a, numbers.all(b, numbers.all(c, true)))",
        "numbers.exists(a, numbers.exists(b, numbers.exists(c, false)))",
        "numbers.map(a, numbers.map(b, numbers.map(c, c)))",
        "numbers.filter(a, numbers.filter(b, numbers.exists(c, c < 0)).size() > 0)",
        "numbers.exists_one(a, numbers.exists(b, a + b < 0))",
        "numbers.all(i, a, numbers.all(j, b, i + j + a + b >= 0))",
        "numbers.transformMap(i, a, numbers.transformList(j, b, a * b))",
        "lists.range(9223372036854775807)",
        "lists.range(1000000000).map(x, x)",
        "lists.range(100000).map(x, lists.range(100000))",
        "text.replace('a', text)",
        "text.replace('', text)",
        "text.replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
        "words.map(w, text).join(text)",
        "text + text + text + text + text + text + text + text + text + text + text + text",
        "numbers.map(i, text + 'x')",
        "numbers.map(i, text.lowerAscii() + text.upperAscii())",
        "text.split('').map(c, text.split(''))",
        "'%s%s%s%s%s%s%s%s%s%s%s%s'.format([text, text, text, text, text, text, text, text, text, text, text, text])",
        "'%.1000000000f'.format([1.5])",
        "numbers.map(i, '%.100f'.format([1.5]) + text)",
        "cel.bind(a, [text, text], cel.bind(b, [a, a, a, a], cel.bind(c, [b, b, b, b], [c, c, c, c])))",
        "cel.bind(a, numbers + numbers, cel.bind(b, a.map(x, a), cel.bind(c, b.map(x, b), c.map(x, c))))",
        "cel.bind(a, numbers.map(x, numbers), cel.bind(b, a.map(x, a), b == a.map(x, a)))",
        "cel.bind(a, numbers.map(x, numbers), json.stringify(a.map(x, a)))",
        "cel.bind(a, numbers.map(x, numbers), '%s'.format([a.map(x, a)]))",
        "cel.bind(a, numbers.map(x, numbers), a.map(x, a).flatten().flatten())",
        "numbers.map(x, numbers).flatten().map(x, numbers).flatten()",
        "numbers.exists(x, equal[0] != equal[1])",
        "rows.all(x, rows.exists(y, x != y))",
        "rows.map(x, rows).flatten().distinct().size() > 0",
        "sets.equivalent(rows, rows.reverse()) && sets.equivalent(rows, rows.map(x, x + [1]))",
        "numbers.exists(x, text.contains('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'))",
        "numbers.exists(x, text.indexOf('b') > 0)",
        "numbers.exists(x, numbers.exists(y, text.substring(x, 199999) == 'b'))",
        "numbers.exists(x, size(text.reverse()) < 0)",
        "numbers.exists(x, text.matches('(a+)+$b'))",
        "numbers.exists(x, text.matches('(a|a)*b' + string(x)))",
        "text.matches('(((a{1,90}){1,90}){1,90}){1,90}')",
        "numbers.exists(x, 'a'.matches('a{900}' + string(x)))",
        "numbers.exists(x, numbers.exists(y, 'a'.matches('(' + string(x))))",
        "numbers.exists(x, numbers.exists(y, json.parse('{') == 1))",
        "numbers.map(x, json.parse('[' + text.replace('a', '0,') + '0]'))",
        "numbers.map(x, numbers.sortBy(y, -y))",
        "numbers.map(x, words.sort())",
        "numbers.transformMapEntry(i, x, numbers.transformMap(j, y, text + string(i)))",
        "numbers.exists(x, numbers.exists(y, words.missing == 1)) || numbers.exists(x, numbers.exists(y, x / 0 == y))",
        "numbers.map(x, base64.encode(bytes(text)))",
        "numbers.map(x, strings.quote(text))",
        "numbers.map(x, maps.merge({'a': x}, {'b': text + 'b'}))",
    ];

    [Theory]
    [MemberData(nameof(TooMuch))]
    public void An_expression_that_asks_too_much_ends_in_an_error(string source)
    {
        var watch = Stopwatch.StartNew();
        var expression = Expression.Parse(source, out var problem);
        if (expression is null)
        {
            Assert.Contains("too large", problem!.Message, StringComparison.Ordinal);
            return;
        }
        var outcome = expression.Evaluate(Data);
        Assert.False(outcome.Succeeded, $"gave a {outcome.Value.Kind} of weight {outcome.Value.Weight} at cost {outcome.Cost}");
        Assert.Matches("too many steps|too much data|takes too long|precision", outcome.Error);
        Assert.True(watch.Elapsed < Patience, $"took {watch.Elapsed}");
        Assert.InRange(outcome.Position, 0, source.Length);
    }

    public static TheoryData<string, string> TooDeep => new()
    {
        { "parentheses", Repeat("(", 5_000) + "1" + Repeat(")", 5_000) },
        { "unclosed parentheses", Repeat("(", 60_000) },
        { "lists", Repeat("[", 5_000) + Repeat("]", 5_000) },
        { "maps", Repeat("{'a':", 5_000) + "1" + Repeat("}", 5_000) },
        { "negations", Repeat("!", 60_000) + "true" },
        { "minuses", Repeat("-", 60_000) + "x" },
        { "conditionals in parentheses", Repeat("(true?", 5_000) + "1" },
        { "selections", "a" + Repeat(".b", 20_000) },
        { "indexes", "a" + Repeat("[0]", 20_000) },
        { "calls", "a" + Repeat(".b()", 10_000) },
        { "nested calls", Repeat("size(", 10_000) },
        { "nested macros", Repeat("[1].all(x, ", 5_000) },
        { "binds", Repeat("cel.bind(x, 1, ", 4_000) },
        { "templates", Repeat("{{", 30_000) },
        { "a long source", Repeat("1+", 40_000) + "1" },
    };

    [Theory]
    [MemberData(nameof(TooDeep))]
    public void A_source_that_is_too_deep_or_long_is_a_problem(string what, string source)
    {
        Assert.Null(Expression.Parse(source, out var problem));
        Assert.True(problem is not null, what);
        Assert.InRange(problem.Position, 0, source.Length);
        Assert.Null(Expression.ParseCondition(source, out _));
        Assert.Null(Template.Parse("{{" + source + "}}", out var problems));
        Assert.NotEmpty(problems);
    }

    [Theory]
    [InlineData("+")]
    [InlineData("||")]
    [InlineData("==1||1==")]
    [InlineData("?1:false?")]
    public void A_long_chain_is_not_deep(string link)
    {
        var ternary = link.StartsWith('?');
        var source = ternary
            ? "false" + string.Concat(Enumerable.Repeat("?1:false", 5_000))
            : string.Join(link, Enumerable.Repeat("1", 5_000)) + (link.EndsWith('=') ? "||true" : "");
        var expression = Expression.Parse(source, out var problem);
        Assert.True(expression is not null, problem?.Message);
        var outcome = expression.Evaluate(Bindings.Empty);
        Assert.DoesNotContain("deep", outcome.Error ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_deeper_than_the_limit_is_refused_at_evaluation()
    {
        var expression = Expression.Parse(Repeat("[", 20) + Repeat("]", 20), out _)!;
        Assert.True(expression.Evaluate(Bindings.Empty).Succeeded);
        Assert.Contains(
            "nested 20 deep; at most 10",
            expression.Evaluate(Bindings.Empty, new EvaluationLimits(MaxDepth: 10)).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_was_passed_cannot_be_absorbed()
    {
        var expression = Expression.Parse("numbers.all(a, numbers.all(b, numbers.all(c, true))) || true", out _)!;
        Assert.Contains("too many steps", expression.Evaluate(Data).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Folding_a_hostile_constant_leaves_parsing_quick()
    {
        var watch = Stopwatch.StartNew();
        var part = "lists.range(5000).sort() == lists.range(5000).reverse() || ";
        var source = string.Concat(Enumerable.Repeat(part, 1_000)) + "true";
        Assert.NotNull(Expression.Parse(source, out _));
        Assert.True(watch.Elapsed < Patience, $"took {watch.Elapsed}");
    }

    [Fact]
    public void Limits_hold_for_a_whole_template()
    {
        var many = ListValue.Create(Enumerable.Repeat((Value)"{{ numbers.all(x, x >= 0) }}", 1_000));
        var outcome = Template.Parse(many, out _)!.Evaluate(Data);
        Assert.Contains("too many steps", outcome.Error, StringComparison.Ordinal);
        Assert.Matches("^/[0-9]+$", outcome.Pointer);
    }

    [Fact]
    public void A_template_cannot_repeat_a_large_value_without_bound()
    {
        var many = ListValue.Create(Enumerable.Repeat((Value)"{{ text }}", 1_000));
        Assert.Contains("too much data", Template.Parse(many, out _)!.Evaluate(Data).Error, StringComparison.Ordinal);
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static Value Wide() => ListValue.Create(Enumerable.Range(0, 500).Select(i => (Value)i));

    private static Value Nested(int depth) => depth == 0 ? Value.Null : Value.List(Nested(depth - 1));
}
