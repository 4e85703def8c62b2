using Millrace.Core.Definitions;
using Millrace.Nodes.Code;

namespace Millrace.Nodes.Tests.Code;

public sealed class CodeTests
{
    // The code sample of the first of the documents that Millrace was made from, as it is written there.
    private const string Sample = """
        {"language":"python","code":"\ndef process(input_data):\n    result = input_data * 2\n    return {\"output\": result}\n","input_mapping":{"input_data":"{{input.value}}"}}
        """;

    [Fact]
    public void A_code_node_is_checked_and_says_that_it_is_not_run()
    {
        var problems = OneEffect.Problems(new CodeNode(), Sample, out var graph);

        Assert.NotNull(graph);
        var warning = Assert.Single(problems);
        Assert.Equal(("not_run", Severity.Warning), (warning.Code, warning.Severity));
    }

    [Fact]
    public async Task Running_one_fails_with_what_to_do_instead()
    {
        var outcome = await OneEffect.RunAsync(new CodeNode(), Sample, """{"value":21}""");

        Assert.Equal("code", outcome.Error!.Type);
        Assert.Contains("use a transform", outcome.Error.Message);
    }

    [Theory]
    [InlineData("""{"language":"cobol","code":"x"}""", "/nodes/0/config/language")]
    [InlineData("""{"language":"python","code":7}""", "/nodes/0/config/code")]
    [InlineData("""{"language":"python"}""", "/nodes/0/config")]
    public void A_wrong_config_is_refused_where_it_is_wrong(string config, string pointer) =>
        Assert.StartsWith(pointer, OneEffect.Error(new CodeNode(), config).Pointer);
}
