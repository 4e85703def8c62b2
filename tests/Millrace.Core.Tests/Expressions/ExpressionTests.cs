using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

public sealed class ExpressionTests
{
    private static readonly Bindings Data = new(ValueJson.Parse("""
        {
          "input": {"category": "a", "age": 41, "price": 2.5, "name": "Ann", "none": null, "tags": ["x", "y"], "user": {"email": "a@b.c"}},
          "nodes": {"my id": {"output": {"x": 7}}},
          "json": {"items": [1, 2]}
        }
        """).AsMap());

    [Theory]
    [InlineData("1 + 2.5", "3.5")]
    [InlineData("2.5 * 2", "5.0")]
    [InlineData("5 / 2", "2")]
    [InlineData("5 / 2.0", "2.5")]
    [InlineData("1 + 2u", "3")]
    [InlineData("input.age + input.price", "43.5")]
    [InlineData("1 < 1.5 && 2u >= 2", "true")]
    [InlineData("input.tags[1] + input.name", "\"yAnn\"")]
    [InlineData("nodes['my id'].output.x == 7", "true")]
    [InlineData("input.?user.?phone.orValue('none')", "\"none\"")]
    [InlineData("input.?user.email.hasValue()", "true")]
    [InlineData("input.?none.?deeper.hasValue()", "false")]
    [InlineData("optional.of(1).or(optional.of(1 / 0)).value()", "1")]
    [InlineData("optional.none().orValue(2)", "2")]
    [InlineData("optional.of(2).optMap(x, x * x).value()", "4")]
    [InlineData("optional.of(2).optFlatMap(x, optional.none()).hasValue()", "false")]
    [InlineData("[?optional.none(), ?input.?name, 1]", "[\"Ann\",1]")]
    [InlineData("{?'a': input.?name, ?'b': input.?nobody}", "{\"a\":\"Ann\"}")]
    [InlineData("input.tags[?5].orValue('last')", "\"last\"")]
    [InlineData("optional.ofNonZeroValue('').hasValue()", "false")]
    [InlineData("[1, [2, [3]]].flatten()", "[1,2,[3]]")]
    [InlineData("[1, [2, [3]]].flatten(2)", "[1,2,3]")]
    [InlineData("[3, 1.5, 2u].sort()", "[1.5,2,3]")]
    [InlineData("[{'n': 2}, {'n': 1}].sortBy(x, x.n)", "[{\"n\":1},{\"n\":2}]")]
    [InlineData("[1, 1.0, 1u, 2, [1], [1.0]].distinct()", "[1,2,[1]]")]
    [InlineData("lists.range(3).reverse()", "[2,1,0]")]
    [InlineData("[1, 2, 3].slice(1, 3)", "[2,3]")]
    [InlineData("[1, 2].first().value() + [1, 2].last().value()", "3")]
    [InlineData("sets.contains([1, 2, 3], [2.0, 3u]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])", "true")]
    [InlineData("{'a': 1}.transformMapEntry(k, v, {string(v): k})", "{\"1\":\"a\"}")]
    [InlineData("['a', 'b'].transformMap(i, v, v + v)", "{\"0\":\"aa\",\"1\":\"bb\"}")]
    [InlineData("json.parse('{\"a\": [1, 2.0]}').a", "[1,2.0]")]
    [InlineData("json.stringify({'a': [1, 2.0, 3u, b'x']})", "\"{\\\"a\\\":[1,2.0,3,\\\"eA==\\\"]}\"")]
    [InlineData("json.items.map(x, x * 2)", "[2,4]")]
    [InlineData("maps.keys({'a': 1, 'b': 2}) + maps.values({'a': 1, 'b': 2})", "[\"a\",\"b\",1,2]")]
    [InlineData("maps.merge({'a': 1, 'b': 2}, {'b': 3, 'c': 4})", "{\"a\":1,\"b\":3,\"c\":4}")]
    [InlineData("math.sum([1, 2, 3.5])", "6.5")]
    [InlineData("math.sqrt(81)", "9.0")]
    [InlineData("'a-b-c'.split('-', 2)", "[\"a\",\"b-c\"]")]
    [InlineData("'\U0001F600bc'.split('')", "[\"\U0001F600\",\"b\",\"c\"]")]
    [InlineData("'\U0001F600bc'.substring(1) + '\U0001F600bc'.charAt(0)", "\"bc\U0001F600\"")]
    [InlineData("'abc'.replace('', '-')", "\"-a-b-c-\"")]
    [
        InlineData(
            "string(1e21) + ' ' + string(123456789012345680.0) + ' ' + string(0.000001) + ' ' + string(-1.5e-7)",
            "\"1e+21 123456789012345680 0.000001 -1.5e-07\""),
    ]
    [InlineData("string(duration('1h30m1.5s')) + string(duration('-0.5s'))", "\"5401.5s-0.5s\"")]
    [InlineData("timestamp('2026-01-31T08:00:00+02:00')", "\"2026-01-31T06:00:00Z\"")]
    [InlineData("timestamp('2026-07-01T00:30:00Z').getHours('Europe/Berlin')", "2")]
    [InlineData("[2].all(x, [3].all(y, [x, y] == [2, 3]))", "true")]
    [InlineData("[1].map(input, .input.age)", "[41]")]
    [InlineData("cel.bind(x, 2, cel.bind(y, x * x, x + y))", "6")]
    [InlineData("'%s has %d, %.2f, %x'.format([input.name, 3, 2.345, 255])", "\"Ann has 3, 2.35, ff\"")]
    [InlineData("input . // a comment\n age", "41")]
    public void An_expression_gives_its_value(string source, string json) 
    {
        Assert.True(JsonNormalizer.TryNormalize(Give(source), out var normalized, out var error), error);
        Assert.Equal(ValueJson.Parse(json).ToJson(), normalized.ToJson());
    }

    [Theory]
    [InlineData("input.categoy", "no such key: 'categoy'; did you mean 'category'?", 6)]
    [InlineData("1 + input.user.phone", "no such key: 'phone'", 15)]
    [InlineData("foo.bar", "unknown name 'foo'", 0)]
    [InlineData("input.name > 10", "cannot compare string with int; write double(input.name) > 10", 11)]
    [InlineData("input.name + 1", "no such overload: string + int; use string(x) to convert", 11)]
    [InlineData("input.age - null", "no such overload: int - null", 10)]
    [InlineData("input.tags[7]", "index 7 is out of range: the list has 2 items", 10)]
    [InlineData("input.none.deeper", "cannot select 'deeper' from null; use '.?deeper' where it may be null", 11)]
    [InlineData("input.age.deeper", "cannot select 'deeper' from int", 10)]
    [InlineData("input.name && true", "no such overload: expected a bool, found string; compare it, as in x != null", 0)]
    [InlineData("1 / (input.age - 41)", "division by zero", 2)]
    [InlineData("9223372036854775807 + input.age", "integer overflow: the result does not fit 64 bits", 20)]
    [InlineData("'a' in input.name", "no such overload: 'in' needs a list or a map; for text use text.contains(part)", 4)]
    [InlineData("int(input.name)", "cannot convert 'Ann' to int", 0)]
    [InlineData("input.age.charAt(1)", "no such overload: charAt; it is string.charAt(int), which does not take (int, int)", 10)]
    [InlineData("optional.none().value()", "the optional has no value; ask hasValue() first or use orValue(x)", 16)]
    [InlineData("[1, 'a'].sort()", "cannot sort int and string together", 9)]
    [InlineData("{'a': 1, 'a': 2}", "the key 'a' is repeated", 9)]
    [InlineData("timestamp('2026')", "cannot convert '2026' to timestamp; it must look like 2026-01-31T08:00:00Z", 0)]
    [
        InlineData(
            "timestamp(0).getHours('Mars/Base')",
            "unknown time zone 'Mars/Base'; use an IANA name such as 'Europe/Berlin' or an offset such as '+02:00'",
            13),
    ]
    [InlineData("timestamp('9999-12-31T23:00:00Z').getHours('+05:00')", "the timestamp is out of range: years 1 to 9999", 34)]
    public void An_evaluation_error_says_what_is_wrong_and_where(string source, string message, int position)
    {
        var outcome = Expression.Parse(source, out _)!.Evaluate(Data);
        Assert.False(outcome.Succeeded);
        Assert.Equal((message, position), (outcome.Error, outcome.Position));
    }

    [Theory]
    [InlineData("", "expected a value, found the end", 0)]
    [InlineData("a +", "expected a value, found the end", 3)]
    [InlineData("a b", "expected the end of the expression, found 'b'", 2)]
    [InlineData("(a", "expected ')', found the end", 2)]
    [InlineData("a = 1", "unexpected '='; did you mean '=='?", 2)]
    [InlineData("a & b", "unexpected '&'; did you mean '&&'?", 2)]
    [InlineData("'abc", "the text is never closed with '", 0)]
    [InlineData("'\\q'", "unknown escape sequence; a literal backslash is written '\\\\'", 1)]
    [InlineData("9223372036854775808", "the number does not fit an int; add 'u' for a uint or '.0' for a double", 0)]
    [InlineData("loop + 1", "'loop' is a reserved word and cannot be a name here; after a dot or in brackets it can", 0)]
    [InlineData("a and b", "expected the end of the expression, found 'and'; in CEL this is written &&", 2)]
    [InlineData("a OR b", "expected the end of the expression, found 'OR'; in CEL this is written ||", 2)]
    [InlineData("(not a)", "expected ')', found 'a'; in CEL 'not' is written !", 5)]
    [InlineData("not(a)", "unknown function 'not'; in CEL this is !x", 0)]
    [InlineData("a not in b", "expected the end of the expression, found 'not'; in CEL this is written !", 2)]
    [InlineData("a is null", "expected the end of the expression, found 'is'; in CEL this is written ==", 2)]
    [InlineData("a if b else c", "expected the end of the expression, found 'if'; in CEL this is written condition ? a : b", 2)]
    [InlineData("a === b", "'===' is not an operator; in CEL this is written ==", 2)]
    [InlineData("a !== b", "'!==' is not an operator; in CEL this is written !=", 2)]
    [InlineData("a <> b", "expected a value, found '>'; in CEL '<>' is written !=", 3)]
    [InlineData("a?.b", "expected ':', found the end; in CEL '?.' is written .?", 4)]
    [InlineData("sise(a)", "unknown function 'sise'; did you mean 'size'?", 0)]
    [InlineData("a.toLowerCase()", "unknown method 'toLowerCase'; in CEL this is text.lowerAscii()", 2)]
    [InlineData("a.string()", "unknown method 'string'; write string(x)", 2)]
    [InlineData("trim(a)", "unknown function 'trim'; write x.trim(...)", 0)]
    [InlineData("a.charAt()", "charAt takes other arguments: string.charAt(int)", 2)]
    [InlineData("has(a)", "has() needs a selection such as has(a.b)", 0)]
    [InlineData("a.all(1, true)", "the first argument of all() must be a plain name", 6)]
    [InlineData("a.all(x)", "all() needs one or two variables and an expression, as in list.all(x, ...)", 2)]
    [InlineData("a ? b ? c : d : e", "put a conditional between '?' and ':' in parentheses", 6)]
    [InlineData("Message{field: 1}", "expected the end of the expression, found '{'", 7)]
    [InlineData("a ? 1", "expected ':', found the end", 5)]
    public void A_problem_says_what_is_wrong_and_where(string source, string message, int position)
    {
        Assert.Null(Expression.Parse(source, out var problem));
        Assert.Equal(new ExpressionProblem(message, position), problem);
    }

    [Fact]
    public void An_unusable_pattern_is_a_problem()
    {
        Assert.Null(Expression.Parse("a.matches('(')", out var problem));
        Assert.StartsWith("the pattern '(' cannot be used:", problem!.Message, StringComparison.Ordinal);
        Assert.Null(Expression.Parse("a.matches('(a)\\\\1')", out problem));
        Assert.Contains("cannot be used", problem!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nodes['my id'].output.x + input.a", "nodes/my id/output/x@0 input/a@26")]
    [InlineData("input.items.all(x, x.a == y.b)", "input/items@0 y/b@26")]
    [InlineData("input.?a.?b[0].c + input[k].d", "input/a/b@0 input@19 k@25")]
    [InlineData("has(a.b.c) && math.abs(d) > 1", "a/b/c@4 d@23")]
    [InlineData("[1].map(a, a.b + .a.c)", "a/c@18")]
    [InlineData("cel.bind(v, w.x, v.y)", "w/x@12")]
    [InlineData("type(1) == int && a.b.size() > 0", "a/b@18")]
    [InlineData("'a' + string(1)", "")]
    public void References_name_what_the_expression_looks_at(string source, string expected)
    {
        var expression = Expression.Parse(source, out var problem);
        Assert.Null(problem);
        Assert.Equal(
            expected, string.Join(' ', expression!.References.Select(r => string.Join('/', r.Path.Prepend(r.Root)) + "@" + r.Position)));
        Assert.Equal(expected.Length == 0, expression.IsConstant);
    }

    [Theory]
    [InlineData("false && input.missing", "false")]
    [InlineData("input.missing == 1 || true", "true")]
    [InlineData("1 / 0 > 1 && false", "false")]
    [InlineData("[1, 2].exists(x, x / (x - 1) > 1)", "true")]
    [InlineData("[1, 2].all(x, x / (x - 1) < 1)", "false")]
    public void An_error_is_absorbed_where_another_operand_decides(string source, string json) => Assert.Equal(json, Give(source).ToJson());

    [Fact]
    public void Evaluating_a_condition_allocates_nothing()
    {
        var expression = Expression.Parse("input.age > 10 && input.name == 'Ann' || input.missing == 1", out _)!;
        expression.Evaluate(Data);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            expression.Evaluate(Data);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 999);
    }

    [Fact]
    public void The_result_of_an_evaluation_is_not_normalised()
    {
        Assert.Equal(ValueKind.UInt, Give("1u").Kind);
        Assert.Equal(ValueKind.Optional, Give("optional.none()").Kind);
        Assert.Equal(ValueKind.Bytes, Give("b'x'").Kind);
        Assert.Equal(ValueKind.Type, Give("int").Kind);
    }

    private static Value Give(string source)
    {
        var expression = Expression.Parse(source, out var problem);
        Assert.True(expression is not null, problem?.ToString());
        var outcome = expression.Evaluate(Data);
        Assert.True(outcome.Succeeded, outcome.Error);
        return outcome.Value;
    }
}
