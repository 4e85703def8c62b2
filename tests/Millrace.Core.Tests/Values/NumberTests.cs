using System.Text;
using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Values;

/// <summary>One rule for numbers, whichever way they come in: the digits that were written come back, or the number is refused.</summary>
public sealed class NumberTests
{
    public static TheoryData<string, string?> Numbers
    {
        get
        {
            var data = new TheoryData<string, string?>();
            foreach (var (text, expected) in NumberCorpus.All)
                data.Add(text, expected);
            return data;
        }
    }

    [Fact]
    public void There_are_five_hundred() => Assert.Equal(500, NumberCorpus.All.Count);

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_number_in_json_comes_back_or_is_refused(string text, string? expected)
    {
        if (expected is not null)
        {
            var value = ValueJson.Parse($"[{text}]");
            Assert.Equal($"[{expected}]", value.ToJson());
            Assert.Equal(value, ValueJson.Parse(value.ToJson()));
            return;
        }
        var refusal = Assert.Throws<JsonException>(() => ValueJson.Parse($"[\n {text}]"));
        Assert.Equal((1, 1), (refusal.LineNumber, refusal.BytePositionInLine));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_number_in_a_document_comes_back_or_is_refused(string text, string? expected)
    {
        foreach (var (document, format, line, column) in ((string, DocumentFormat, int?, int?)[])
            [($"[\n {text}]", DocumentFormat.Json, 2, 2), ($"- a\n- {text}\n", DocumentFormat.Yaml, 2, 3)])
        {
            var read = ParsedDocument.Parse(Encoding.UTF8.GetBytes(document), format);
            if (expected is not null)
                Assert.Equal(expected, read.Root.AsList()[^1].ToJson());
            else
                Assert.Equal([("invalid_number", line, column)], read.Failures.Select(one => (one.Code, one.Line, one.Column)));
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_number_passes_through_expressions_and_the_journal(string text, string? expected)
    {
        if (expected is null)
            return;
        const string Document = """
            {"name":"t","nodes":[{"id":"n","type":"transform","config":{"template":"{{ input.n }}"}},
              {"id":"t","type":"transform","config":{"template":"{{ string(input.n) }}"}}],"edges":[]}
            """;
        var run = MachineRun.Of(Document).Start($$"""{"n":{{text}}}""");
        Assert.Equal(expected, run.OutputJson("n"));
        Assert.Equal($"\"{Plain(expected)}\"", run.OutputJson("t"));
        run.AssertReplays();
    }

    [Theory]
    [InlineData("0xFFFFFFFFFFFFFFFF", "18446744073709551615")]
    [InlineData("0x7fffffffffffffff", "9223372036854775807")]
    [InlineData("0o1777777777777777777777", "18446744073709551615")]
    [InlineData("+18446744073709551615", "18446744073709551615")]
    [InlineData("0x10000000000000000", null)]
    [InlineData("0o2000000000000000000000", null)]
    public void Yaml_keeps_the_digits_of_other_bases(string text, string? expected)
    {
        var document = Encoding.UTF8.GetBytes($"- {text}\n");
        if (expected is null)
            Assert.Equal("invalid_number", Assert.Single(ParsedDocument.Parse(document, DocumentFormat.Yaml).Failures).Code);
        else
            Assert.Equal($"[{expected}]", ParsedDocument.Parse(document, DocumentFormat.Yaml).Root.ToJson());
    }

    [Theory]
    [InlineData("input.n + 1u", "9223372036854775809")]
    [InlineData("input.n > 5 && input.n == 9223372036854775808u", "true")]
    [InlineData("json.parse(json.stringify(input)).n", "9223372036854775808")]
    [InlineData("json.parse('123456789012345678901234567890')", "error")]
    public void Numbers_beyond_int_can_be_worked_with(string source, string expected)
    {
        var data = new Bindings(ValueJson.Parse("""{"input": {"n": 9223372036854775808}}""").AsMap());
        var outcome = Expression.Parse(source, out _)!.Evaluate(data);
        if (outcome.Succeeded)
            Assert.Equal(expected, outcome.Value.ToJson());
        else
            Assert.Equal("error", expected);
    }

    // The whole text of a double; JSON marks it as one.
    private static string Plain(string json) => json.EndsWith(".0", StringComparison.Ordinal) ? json[..^2] : json;
}
