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
        var outcome = await OneEffect.RunAsync(new CodeNode(sandbox.Runtime), Sample, """{"value":21}""",
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal("""{"output":42}""", outcome.Output.ToJson());
    }

    [Theory]
    [InlineData("python", "def process(data):\n    return data['a'] + 1", "8")]
    [InlineData("python", "async def process(data):\n    return data", """{"a":7}""")]
    [InlineData("python", "process = lambda data: [data, None, True, 1.5, 'ä\\n']", """[{"a":7},null,true,1.5,"ä\n"]""")]
    [InlineData("python", "def process():\n    return 'alone'", "\"alone\"")]
    [InlineData("python", "import math\nreturn math.floor(data['a'] / 2)", "3")]
    [InlineData("python", "if True:\n    def process(data):\n        return 1\nelse:\n    process = None", "1")]
    [InlineData("python", "return", "null")]
    [InlineData("python", "from math import floor as process\nprocess = lambda data: [process.__name__]", "[\"<lambda>\"]")]
    [InlineData("python",
        "import concurrent.futures\nwith concurrent.futures.ThreadPoolExecutor(4) as pool:\n    return list(pool.map(lambda x: x * "
            + "x, range(5)))",
        "[0,1,4,9,16]")]
    [InlineData("javascript", "function process(data) { return data.a + 1; }", "8")]
    [InlineData("javascript", "async function process(data) { await null; return data; }", """{"a":7}""")]
    [InlineData("javascript", "const process = data => [data, null, true, 1.5, 'ä\\n'];", """[{"a":7},null,true,1.5,"ä\n"]""")]
    [InlineData("javascript", "return Math.floor(data.a / 2);", "3")]
    [InlineData("javascript", "return;", "null")]
    [InlineData("javascript", "let process; process = async ({ a }) => a;", "7")]
    [InlineData("javascript", "return require('crypto').createHash('sha256').update('x').digest('hex').slice(0, 8);", "\"2d711642\"")]
    public async Task Code_is_a_function_or_a_body_that_returns(string language, string code, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync(language, code, """{"a":7}"""));

    [Theory]
    [InlineData("python", "def process(b, a):\n    return [a, b]", "[1,\"x\"]")]
    [InlineData("python", "return [a, b]", "[1,\"x\"]")]
    [InlineData("javascript", "function process(b, a) { return [a, b]; }", "[1,\"x\"]")]
    [InlineData("javascript", "function process({ a, b }) { return [a, b]; }", "[1,\"x\"]")]
    [InlineData("javascript", "const process = (b, a = 2) => [a, b];", "[1,\"x\"]")]
    [InlineData("javascript", "function process(a, c = 3) { return [a, c]; }", "[1,3]")]
    [InlineData("javascript", "function process(all) { return all; }", """{"a":1,"b":"x"}""")]
    [InlineData("javascript", "return [a, b];", "[1,\"x\"]")]
    public async Task What_is_mapped_is_given_by_name(string language, string code, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync(language, code, """{"n":1}""", ""","inputMapping":{"a":"{{input.n}}","b":"x"}"""));

    [Theory]
    [InlineData("python", "def process(data):\n    return 1 / 0", "ZeroDivisionError", 2)]
    [InlineData("python", "\n\nraise ValueError('no such thing')", "ValueError", 3)]
    [InlineData("python", "def inner():\n    raise KeyError('k')\ndef process(data):\n    inner()", "KeyError", 2)]
    [InlineData("python", "import sys\nsys.exit(3)", "SystemExit", 2)]
    [InlineData("python", "import requests", "ModuleNotFoundError", 1)]
    [InlineData("javascript", "function process(data) {\n  return data.a.b;\n}", "TypeError", 2)]
    [InlineData("javascript", "\n\nthrow new RangeError('no such thing');", "RangeError", 3)]
    [InlineData("javascript", "return eval('(1;');", "SyntaxError", 1)]
    [InlineData("javascript", "const f = n => 1 + f(n + 1);\nreturn f(0);", "RangeError", 1)]
    [InlineData("javascript", "Promise.reject(new Error('nobody waits'));\nawait new Promise(r => setTimeout(r, 50)); return 1;", "Error",
        1)]
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
    [InlineData("python", "return 10**400")]
    [InlineData("python", "return {1: 2}")]
    [InlineData("python", "return b'x'")]
    [InlineData("python", "return 2**63")]
    [InlineData("python", "return [2**64 - 1]")]
    [InlineData("python", "return -2**63 - 1")]
    [InlineData("python", "return '\\ud800'")]
    [InlineData("python", "return {'\\udfff': 1}")]
    [InlineData("javascript", "return NaN;")]
    [InlineData("javascript", "return { a: new Set([1]) };")]
    [InlineData("javascript", "return new Map();")]
    [InlineData("javascript", "return new Set([1]);")]
    [InlineData("javascript", "return new Map([[1, 2]]).values();")]
    [InlineData("javascript", "return { a: [1].entries() };")]
    [InlineData("javascript", "return 'x'.matchAll(/x/g);")]
    [InlineData("javascript", "return (async function* () {})();")]
    [InlineData("javascript", "return new URLSearchParams('a=1');")]
    [InlineData("javascript", "return [new TextEncoder()];")]
    [InlineData("javascript", "return new Intl.NumberFormat('en');")]
    [InlineData("javascript", "return globalThis;")]
    [InlineData("javascript", "return Math;")]
    [InlineData("javascript", "return (function () { return arguments; })(1);")]
    [InlineData("javascript", "return { a: 1, [Symbol('b')]: 2 };")]
    [InlineData("javascript", "return { toJSON() { return new Set(); } };")]
    [InlineData("javascript", "return /x/;")]
    [InlineData("javascript", "return { a: Promise.resolve(1) };")]
    [InlineData("javascript", "return new Uint8Array(2);")]
    [InlineData("javascript", "return new Error('x');")]
    [InlineData("javascript", "return Symbol('x');")]
    [InlineData("javascript", "return new Date(NaN);")]
    [InlineData("javascript", "return '\\ud800';")]
    [InlineData("javascript", "let a = []; for (let i = 0; i < 100000; i++) a = [a]; return a;")]
    [InlineData("javascript", "return 1n;")]
    [InlineData("javascript", "return [() => 1];")]
    [InlineData("javascript", "const a = []; a.push(a); return a;")]
    public async Task A_result_that_json_has_no_word_for_is_an_error(string language, string code) =>
        Assert.Contains("cannot be JSON", (await sandbox.ErrorAsync(language, code)).Message);

    [Theory]
    [InlineData("python", "import sys\nprint('one')\nprint('two', 2)\nprint('three', file=sys.stderr)\nprint('end', end='')\nreturn 1")]
    [InlineData("javascript", "console.log('one'); console.log('two', 2); console.error('three'); console.log('%s', 'end'); return 1;")]
    public async Task What_it_prints_goes_to_the_log_line_by_line(string language, string code)
    {
        var outcome = await sandbox.RunAsync(language, code, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["info one", "info two 2", "warn three", "info end"], outcome.Logs.Select(line => $"{line.Level} {line.Message}"));
    }

    [Fact]
    public async Task What_threads_print_side_by_side_is_told_line_by_line()
    {
        // More in a line than a pipe holds.
        const string Printing = "import sys, threading\ndef say(file):\n    for n in range(25):\n        print('😀' * 8000, file=file)\n"
            + "threads = [threading.Thread(target=say, args=(file,)) for file in (sys.stdout, sys.stderr)]\n"
            + "for thread in threads: thread.start()\nfor thread in threads: thread.join()\nreturn 7";
        var outcome = await sandbox.RunAsync("python", Printing, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal("7", outcome.Output.ToJson());
        Assert.Equal((25, 25), (outcome.Logs.Count(line => line.Level == "info"), outcome.Logs.Count(line => line.Level == "warn")));
        Assert.All(outcome.Logs, line => Assert.Equal(16_000, line.Message.Length));
    }

    [Theory]
    [InlineData("print('a\\ud800b')\nreturn 1", null)]
    [InlineData("raise ValueError('a\\ud800b')", "ValueError: a?b")]
    public async Task Half_a_character_is_a_question_mark_in_what_code_says(string code, string? error)
    {
        var outcome = await sandbox.RunAsync("python", code, cancellation: TestContext.Current.CancellationToken);
        if (error is null)
            Assert.Equal("a?b", Assert.Single(outcome.Logs).Message);
        else
            Assert.Contains(error, outcome.Error!.Message);
    }

    [Fact]
    public async Task Nothing_of_one_call_is_there_for_the_next_in_javascript()
    {
        const string Leave = "const was = [typeof left, [].left, Object.prototype.left, JSON.left, console.left]; globalThis.left = "
            + "Array.prototype.left = Object.prototype.left = JSON.left = console.left = 1; Array.prototype.map = null; "
            + "JSON.stringify = () => 'x'; Promise.prototype.then = null; return was.map === null && was.every(x => x === undefined "
            + "|| x === 'undefined');";
        for (var call = 0; call < 5; call++)
            Assert.Equal("true",
                await sandbox.ResultAsync("javascript", Leave.Replace("Promise.prototype.then = null; ", "", StringComparison.Ordinal)));
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
        var results = await Task.WhenAll(Enumerable.Range(0,
            12).Select(n => sandbox.ResultAsync(n % 2 == 0 ? "python" : "javascript", "return data", $"{n}")));
        Assert.Equal(Enumerable.Range(0, 12).Select(n => $"{n}"), results);
    }

    [Theory]
    [InlineData("return await Promise.all([1, 2].map(async n => { await new Promise(r => setTimeout(r, 1)); return n * 2; }));", "[2,4]")]
    [InlineData("const url = new URL('../x?a=1&b=ä#f', 'https://user@Example.COM:443/a/b/c'); url.searchParams.append('c', 'd e'); "
            + "return [url.href, url.host, url.origin, url.hash];",
        "[\"https://user@example.com/a/x?a=1&b=%C3%A4&c=d+e#f\",\"example.com\",\"https://example.com\",\"#f\"]")]
    [InlineData("return [URL.canParse('x'), new URL('http://0x7f.1/').hostname, new URL('mailto:a@b').pathname, new "
            + "URL('https://münchen.de').hostname];",
        "[false,\"127.0.0.1\",\"a@b\",\"xn--mnchen-3ya.de\"]")]
    [InlineData("return [...new URLSearchParams('a=1&a=2&b=%20+')];", "[[\"a\",\"1\"],[\"a\",\"2\"],[\"b\",\"  \"]]")]
    [InlineData("return [new TextEncoder().encode('ä€').length, new TextDecoder().decode(new Uint8Array([0xc3, 0xa4])), btoa('hi'), "
            + "atob('aGk=')];",
        "[5,\"ä\",\"aGk=\",\"hi\"]")]
    [InlineData("const a = { d: new Date(0), m: new Map([[1, { x: 1 }]]) }; a.self = a; const b = structuredClone(a); return [b !== "
            + "a, b.self === b, b.d.getTime(), b.m.get(1).x, b.m.get(1) !== a.m.get(1)];",
        "[true,true,0,1,true]")]
    [InlineData("return /^[0-9a-f]{8}-[0-9a-f]{4}-4/.test(crypto.randomUUID()) && crypto.getRandomValues(new Uint8Array(16)).some(n "
            + "=> n > 0);",
        "true")]
    [InlineData("return [new Date(0).toISOString(), new Date('2026-03-29T01:30:00Z').toLocaleString('en-GB', { timeZone: "
            + "'Europe/Berlin', hour: '2-digit', minute: '2-digit' })];",
        "[\"1970-01-01T00:00:00.000Z\",\"03:30 AM\"]")]
    [InlineData("class A { #x = 1; static { A.y = 2; } get x() { return this.#x ?? 0; } } const { x, ...rest } = { x: new A().x, z: "
            + "A.y }; return [x, rest, [3, 1].toSorted(), Object.groupBy([1, 2], n => n % 2 ? 'odd' : 'even')];",
        "[1,{\"z\":2},[1,3],{\"odd\":[1],\"even\":[2]}]")]
    [InlineData("return require('crypto').createHmac('sha256', 'k').update('x').digest('hex').slice(0, 8);", "\"c38edc88\"")]
    [InlineData("const { createHash } = require('crypto'); const of = (...data) => createHash('sha256').update(...data).digest('hex'); "
            + "return new Set([of('ä'), of('ä', 'utf8'), of('c3a4', 'hex'), of('w6Q=', 'base64'), of('w6Q', 'base64url'), "
            + "of('\\u00c3\\u00a4', 'latin1'), of(new TextEncoder().encode('ä')), of(new Uint8Array([0xc3, 0xa4]).buffer)]).size;", "1")]
    [InlineData("const { createHash } = require('crypto'); const md5 = () => createHash('md5').update('x').digest(); "
            + "return [md5().toString('hex') === createHash('md5').update('x').digest('hex'), md5().toString('base64'), md5().length];",
        "[true,\"ndTkYSaMgDT1yFZOFVxnpg==\",16]")]
    [InlineData("const many = require('crypto').randomBytes(70000); return [many.length, many.slice(65536).some(n => n > 0), "
            + "require('crypto').randomBytes(4).toString('hex').length];",
        "[70000,true,8]")]
    [InlineData("return [new Number(1), new String('x'), new Boolean(false)];", "[1,\"x\",false]")]
    [InlineData("return [Object.create(null), new (class A { x = 1; #y = 2 })(), new (class B extends Array {})(), 'a'.match(/a/)];",
        "[{},{\"x\":1},[],[\"a\"]]")]
    [InlineData("return { date: new Date(0), gone: undefined, list: [undefined], zero: -0, n: 0.1 };",
        "{\"date\":\"1970-01-01T00:00:00.000Z\",\"list\":[null],\"zero\":-0.0,\"n\":0.1}")]
    public async Task JavaScript_has_what_its_hosts_usually_have(string code, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync("javascript", code));

    [Theory]
    [InlineData("await fetch('https://example.com');", "http node")]
    [InlineData("return Buffer.from('x');", "TextEncoder")]
    [InlineData("return process.env.HOME;", "input_mapping")]
    [InlineData("return require('fs');", "no files")]
    [InlineData("return require('crypto').randomBytes('x');", "a whole number of bytes")]
    [InlineData("return require('crypto').randomBytes(-1);", "a whole number of bytes")]
    [InlineData("return require('crypto').createHmac('sha256', null);", "not null")]
    [InlineData("return require('crypto').createHmac('sha256');", "of type undefined")]
    [InlineData("return require('crypto').createHash('sha256').update(5);", "of type number")]
    [InlineData("return require('crypto').createHash('sha256').update([1, 2]);", "of type object")]
    [InlineData("return require('crypto').createHash('sha256').update('x', 'koi8').digest('hex');", "There is no encoding 'koi8'")]
    [InlineData("return require('crypto').createHash('sha256').update('x').digest('koi8');", "There is no encoding 'koi8'")]
    [InlineData("return require('crypto').createHash('sha256').update('zz', 'hex').digest('hex');", "SyntaxError")]
    [InlineData("const hash = require('crypto').createHash('md5'); hash.digest(); return hash.digest();", "has been taken")]
    [InlineData("return crypto.subtle;", "createHash")]
    [InlineData("await new Promise(() => {});", "nothing will ever settle")]
    public async Task What_is_missing_says_so_and_what_to_use(string code, string words) =>
        Assert.Contains(words, (await sandbox.ErrorAsync("javascript", code)).Message);

    [Theory]
    [InlineData("import requests\nreturn 1", "standard library")]
    [InlineData("import socket\nreturn socket.create_connection(('127.0.0.1', 80))", "http node")]
    [InlineData("import urllib.request\nreturn urllib.request.urlopen('http://example.com').read()", "http node")]
    [InlineData("import subprocess\nreturn subprocess.run(['ls'])", "cannot start processes")]
    [InlineData("return open('/etc/passwd').read()", "storage node")]
    [InlineData("open('report.csv').read()", "storage node")]
    [InlineData("open('/usr/x', 'w').write('x')", "writes only in /tmp")]
    [InlineData("return 10**400", "make text of it with str()")]
    public async Task What_python_may_not_says_what_to_use(string code, string words) =>
        Assert.Contains(words, (await sandbox.ErrorAsync("python", code)).Message);

    [Theory]
    [InlineData("python", "9223372036854775807", "9223372036854775807")]
    [InlineData("python", "9007199254740993", "9007199254740993")]
    [InlineData("python", "0.1", "0.1")]
    [InlineData("javascript", "9007199254740991", "9007199254740991")]
    [InlineData("javascript", "0.1", "0.1")]
    [InlineData("javascript", "-5", "-5")]
    public async Task Numbers_keep_their_digits(string language, string number, string result) =>
        Assert.Equal(result, await sandbox.ResultAsync(language, "return data", number));

    [Fact]
    public async Task An_integer_that_javascript_would_round_is_refused_with_its_place()
    {
        var error = await sandbox.ErrorAsync("javascript", "return 1;", """{"ids":[1,9007199254740993]}""");
        Assert.Contains("9007199254740993 at '/ids/1'", error.Message);
    }

    [Theory]
    [InlineData("python", "x = 1")]
    [InlineData("python", "def other():\n    return 1")]
    [InlineData("python", "")]
    [InlineData("javascript", "const x = 1;")]
    [InlineData("javascript", "function other() { return 1; }")]
    [InlineData("javascript", "")]
    public async Task Code_that_gives_nothing_back_is_warned_of_and_fails(string language, string code)
    {
        Assert.Equal("no_process", (await sandbox.ErrorAsync(language, code)).Details["type"].AsString());
        var warning = Assert.Single(OneEffect.Problems(new CodeNode(sandbox.Runtime), Config(language, code), out _));
        Assert.Equal(("no_process", Severity.Warning, "/nodes/0/config/code"), (warning.Code, warning.Severity, warning.Pointer));
    }

    [Theory]
    [InlineData("python", "def process(data):\n    return (1", "line 2, column 12")]
    [InlineData("python", "def process(data)\n    return 1", "line 1, column 18")]
    [InlineData("javascript", "function process(data) {\n  return (1;\n}", "line 2, column 12")]
    [InlineData("javascript", "return 1; }) (function () {", "line 1, column 11")]
    public void A_syntax_error_is_a_problem_at_save_with_its_place(string language, string code, string place)
    {
        sandbox.Need();
        var problem = OneEffect.Error(new CodeNode(sandbox.Runtime), Config(language, code));
        Assert.Equal(("code_syntax", "/nodes/0/config/code"), (problem.Code, problem.Pointer));
        Assert.Contains(place, problem.Message);
    }

    [Fact]
    public async Task A_check_waits_for_no_call()
    {
        sandbox.Need();
        using var runtime = new CodeRuntime(new CodeSettings { Concurrency = 1, Pool = 1 }, TimeProvider.System);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = MapValue.Of(("code", "import time\nprint('begun')\ntime.sleep(600)"), ("data", Value.Null));
        var running = runtime.RunAsync("python", CodeRuntime.UsualMebibytes, call, (_, _) => begun.SetResult(), cancellation.Token);
        await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("code_syntax", OneEffect.Error(new CodeNode(runtime), Config("python", "return (")).Code);
        Assert.False(running.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static string Config(string language, string code) =>
        ((Value)MapValue.Of(("language", language), ("code", code))).ToJson();

    [Fact]
    public async Task Where_code_is_switched_off_it_says_so()
    {
        var node = new CodeNode(CodeRuntime.Off);
        var warning = Assert.Single(OneEffect.Problems(node, Sample, out var graph));
        Assert.Equal(("not_run", Severity.Warning), (warning.Code, warning.Severity));
        Assert.NotNull(graph);
        Assert.Contains("CODE_SANDBOX=off",
            (await OneEffect.RunAsync(node, Sample, """{"value":21}""",
                cancellation: TestContext.Current.CancellationToken)).Error!.Message);
    }

    // 75 seconds and more where MILLRACE_CODE_SECONDS says so: as long as the thread pool keeps no thread that has nothing to do.
    [Fact]
    public async Task A_call_may_take_its_time()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable("MILLRACE_CODE_SECONDS") ?? "2",
            System.Globalization.CultureInfo.InvariantCulture);
        var python = Enumerable.Range(0, 3)
            .Select(n => sandbox.ResultAsync("python", $"import time\ntime.sleep({seconds})\nreturn data", $"{n}"));
        var javaScript = sandbox.ResultAsync("javascript", $"await new Promise(r => setTimeout(r, {seconds * 1000})); return data;", "3");
        Assert.Equal(["0", "1", "2", "3"], await Task.WhenAll([.. python, javaScript]));
    }

    [Fact]
    public async Task JavaScript_needs_nothing_of_the_machine()
    {
        // As on a machine without bubblewrap, Python or Node.js: the interpreter alone.
        using var runtime = new CodeRuntime(new CodeSettings { Sandbox = CodeSandbox.None, Python = "/nowhere/python3" },
            TimeProvider.System);
        var node = new CodeNode(runtime);
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal("42", (await OneEffect.RunAsync(node, Config("javascript", "return data * 2;"), "21",
            cancellation: cancellation)).Output.ToJson());
        var error = (await OneEffect.RunAsync(node, Config("javascript", "return 'x'.repeat(5e8);"), cancellation: cancellation)).Error!;
        Assert.Equal("MemoryError", error.Details["type"].AsString());
        Assert.Equal("1", (await OneEffect.RunAsync(node, Config("javascript", "return 1;"), cancellation: cancellation)).Output.ToJson());
    }

    [Fact]
    public async Task Modules_that_a_setting_names_can_be_read_and_nothing_beside_them()
    {
        var folder = Directory.CreateTempSubdirectory("millrace-modules-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "node_modules", "left"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "secret.json"), "{}", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "node_modules", "left", "package.json"), """{"main":"lib"}""",
                TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "node_modules", "left", "lib.js"),
                "exports.pad = (s, n) => s.padStart(n);", TestContext.Current.CancellationToken);
            using var runtime = new CodeRuntime(new CodeSettings { Sandbox = CodeSandbox.None,
                NodeModules = Path.Combine(folder.FullName, "node_modules") }, TimeProvider.System);
            var node = new CodeNode(runtime);
            Assert.Equal("\"  x\"",
                (await OneEffect.RunAsync(node, Config("javascript", "return require('left').pad('x', 3);"),
                    cancellation: TestContext.Current.CancellationToken)).Output.ToJson());
            foreach (var path in new[] { "../secret.json", "left/../../secret.json", "/etc/passwd", "./left" })
            {
                var outcome = await OneEffect.RunAsync(node, Config("javascript", $"return require('{path}');"),
                    cancellation: TestContext.Current.CancellationToken);
                Assert.Contains("There is no module", outcome.Error!.Message);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        using var runtime = new CodeRuntime(new CodeSettings { Python = "/nowhere/python3" }, TimeProvider.System);
        Assert.Contains("'/nowhere/python3' is not there", runtime.WhyNot("python"));
        Assert.Contains("CODE_PYTHON", runtime.WhyNot("python"));
        Assert.Equal(runtime.WhyNot("python"), CodeRuntime.MissingForPython(new CodeSettings { Python = "/nowhere/python3" }));
        Assert.Null(CodeRuntime.MissingForPython(new CodeSettings { Python = "/nowhere/python3", Sandbox = CodeSandbox.Off }));
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
