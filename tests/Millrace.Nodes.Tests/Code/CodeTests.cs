using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Code;

namespace Millrace.Nodes.Tests.Code;

public sealed class CodeTests(Sandboxed sandbox) : IClassFixture<Sandboxed>
{
    // The code sample of the first of the documents that Millrace was made from, as it is written there.
    private const string Sample = """
        {"language":"python","code":"\ndef process(input_data):\n    result = input_data * 2\n    return {\"output\": result}\n","input_mapping":{"input_data":"{{input.value}}"}}
        """;

    [Fact]
    public async Task The_sample_runs_as_it_is_written()
    {
        sandbox.Need();
        var outcome = await OneEffect.RunAsync(new CodeNode(sandbox.Runtime), Sample, """{"value":21}""", cancellation: TestContext.Current.CancellationToken);
        Assert.Equal("""{"output":42}""", outcome.Output.ToJson());
    }

    [Theory]
    [InlineData("python", "def process(data):\n    return data['a'] + 1", "8")]
    [InlineData("python", "async def process(data):\n    return data", """{"a":7}""")]
    [InlineData("python", "process = lambda data: [data, None, True, 1.5, 'ä\\n']", """[{"a":7},null,true,1.5,"ä\n"]""")]
    [InlineData("python", "def process():\n    return 'alone'", "\"alone\"")]
    [InlineData("python", "import math\nreturn math.floor(data['a'] / 2)", "3")]
    [InlineData("python", "x = 1", "null")]
    [InlineData("python", "", "null")]
    [InlineData(
        "python", "import concurrent.futures\nwith concurrent.futures.ThreadPoolExecutor(4) as pool:\n    return list(pool.map(lambda x: "
        + "x * x, range(5)))", "[0,1,4,9,16]")]
    [InlineData("javascript", "function process(data) { return data.a + 1; }", "8")]
    [InlineData("javascript", "async function process(data) { await null; return data; }", """{"a":7}""")]
    [InlineData("javascript", "const process = data => [data, null, true, 1.5, 'ä\\n'];", """[{"a":7},null,true,1.5,"ä\n"]""")]
    [InlineData("javascript", "return Math.floor(data.a / 2);", "3")]
    [InlineData("javascript", "const x = 1;", "null")]
    [InlineData("javascript", "return require('crypto').createHash('sha256').update('x').digest('hex').slice(0, 8);", "\"2d711642\"")]
    public async Task Code_is_a_function_or_a_body_that_returns(string language, string code, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync(language, code, """{"a":7}"""));

    [Theory]
    [InlineData("python", "def process(b, a):\n    return [a, b]", "[1,\"x\"]")]
    [InlineData("python", "return [a, b]", "[1,\"x\"]")]
    [InlineData("javascript", "function process(b, a) { return [a, b]; }", "[1,\"x\"]")]
    [InlineData("javascript", "function process({ a, b }) { return [a, b]; }", "[1,\"x\"]")]
    [InlineData("javascript", "const process = (b, a = 2) => [a, b];", "[1,\"x\"]")]
    [InlineData("javascript", "return [a, b];", "[1,\"x\"]")]
    public async Task What_is_mapped_is_given_by_name(string language, string code, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync(language, code, """{"n":1}""", ""","inputMapping":{"a":"{{input.n}}","b":"x"}"""));

    [Theory]
    [InlineData("python", "def process(data):\n    return 1 / 0", "ZeroDivisionError", 2)]
    [InlineData("python", "\n\nraise ValueError('no such thing')", "ValueError", 3)]
    [InlineData("python", "def inner():\n    raise KeyError('k')\ndef process(data):\n    inner()", "KeyError", 2)]
    [InlineData("python", "def process(data):\n    return (1", "SyntaxError", 2)]
    [InlineData("python", "import sys\nsys.exit(3)", "SystemExit", 2)]
    [InlineData("python", "import requests", "ModuleNotFoundError", 1)]
    [InlineData("javascript", "function process(data) {\n  return data.a.b;\n}", "TypeError", 2)]
    [InlineData("javascript", "\n\nthrow new RangeError('no such thing');", "RangeError", 3)]
    [InlineData("javascript", "function process(data) {\n  return (1;\n}", "SyntaxError", 2)]
    [InlineData("javascript", "async function process() {\n  await null;\n  throw new Error('late');\n}", "Error", 3)]
    [InlineData("javascript", "await new Promise(() => setTimeout(() => {\n  throw new Error('later'); }, 1));", "Error", 2)]
    public async Task What_it_throws_is_told_with_its_own_line(string language, string code, string type, int line)
    {
        var error = await sandbox.ErrorAsync(language, code);
        Assert.Equal(("code", type, (long)line), (error.Type, error.Details["type"].AsString(), error.Details["line"].AsInt()));
        Assert.StartsWith($"The code failed in line {line}: {type}: ", error.Message);
    }

    [Theory]
    [InlineData("python", "return {1, 2}")]
    [InlineData("python", "return float('nan')")]
    [InlineData("python", "a = []\na.append(a)\nreturn a")]
    [InlineData("python", "a = []\nfor i in range(100000):\n    a = [a]\nreturn a")]
    [InlineData("javascript", "return NaN;")]
    [InlineData("javascript", "return 1n;")]
    [InlineData("javascript", "return [() => 1];")]
    [InlineData("javascript", "const a = []; a.push(a); return a;")]
    public async Task A_result_that_json_has_no_word_for_is_an_error(string language, string code) =>
        Assert.Contains("cannot be JSON", (await sandbox.ErrorAsync(language, code)).Message);

    [Theory]
    [InlineData("python", "import sys\nprint('one')\nprint('two', 2)\nprint('three', file=sys.stderr)\nprint('end', end='')\nreturn 1")]
    [InlineData("javascript", "console.log('one'); console.log('two', 2); console.error('three'); process.stdout.write('end'); return 1;")]
    public async Task What_it_prints_goes_to_the_log_line_by_line(string language, string code)
    {
        var outcome = await sandbox.RunAsync(language, code, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["info one", "info two 2", "warn three", "info end"], outcome.Logs.Select(line => $"{line.Level} {line.Message}"));
    }

    [Fact]
    public async Task Nothing_of_one_call_is_there_for_the_next()
    {
        const string Leave = "import builtins, os\nwas = [hasattr(builtins, 'left'), os.path.exists('/tmp/left')]\nbuiltins.left = "
            + "1\nopen('/tmp/left', 'w').write('x')\nreturn was + [os.path.exists('/tmp/left')]";
        for (var call = 0; call < 5; call++)
            Assert.Equal("[false,false,true]", await sandbox.ResultAsync("python", Leave));
    }

    [Fact]
    public async Task Many_calls_at_once_have_each_their_own()
    {
        var results = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(n => sandbox.ResultAsync(n % 2 == 0 ? "python" : "javascript", "return data", $"{n}")));
        Assert.Equal(Enumerable.Range(0, 12).Select(n => $"{n}"), results);
    }

    [Fact]
    public async Task Where_code_is_switched_off_it_says_so()
    {
        var node = new CodeNode(CodeRuntime.Off);
        var warning = Assert.Single(OneEffect.Problems(node, Sample, out var graph));
        Assert.Equal(("not_run", Severity.Warning), (warning.Code, warning.Severity));
        Assert.NotNull(graph);
        Assert.Contains("CODE_SANDBOX=off", (await OneEffect.RunAsync(node, Sample, """{"value":21}""", cancellation: TestContext.Current.CancellationToken)).Error!.Message);
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        using var runtime = new CodeRuntime(new CodeSettings { Python = "/nowhere/python3" }, TimeProvider.System);
        Assert.Contains("'/nowhere/python3' is not there", runtime.WhyNot("python"));
        Assert.Contains("CODE_PYTHON", runtime.WhyNot("python"));
    }

    [Theory]
    [InlineData("""{"language":"cobol","code":"x"}""", "/nodes/0/config/language")]
    [InlineData("""{"language":"python","code":7}""", "/nodes/0/config/code")]
    [InlineData("""{"language":"python"}""", "/nodes/0/config")]
    [InlineData("""{"language":"python","code":"x","memoryMb":8}""", "/nodes/0/config/memoryMb")]
    [InlineData("""{"language":"python","code":"x","memoryMb":100000}""", "/nodes/0/config/memoryMb")]
    public void A_wrong_config_is_refused_where_it_is_wrong(string config, string pointer) =>
        Assert.StartsWith(pointer, OneEffect.Error(new CodeNode(CodeRuntime.Off), config).Pointer);
}
