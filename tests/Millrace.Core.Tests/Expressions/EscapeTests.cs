using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

/// <summary>
/// Ways out of expression languages and templates, each of which was somebody's hole once. Here each is an error, or a plain value made of
/// what
/// it says itself: nothing of the host is ever reached, named or run.
/// </summary>
public sealed class EscapeTests
{
    private static readonly Bindings Data = new(MapValue.Of(
        ("input", MapValue.Of(("name", "Ada"), ("items", Value.List(1, 2)))),
        ("data", MapValue.Of("text", "hello")),
        ("variables", MapValue.Empty),
        ("secrets", MapValue.Empty)));

    // What the host's objects call the way to themselves.
    private static readonly string[] Names =
    [
        "constructor", "__proto__", "prototype", "__class__", "__mro__", "__base__", "__subclasses__", "__globals__", "__builtins__", "__import__", "__dict__", "__init__", "GetType", "getClass",
        "class", "Type", "Assembly", "GetMethod", "Invoke", "MethodInfo", "Module", "forName", "getRuntime", "toString", "ToString", "valueOf", "hasOwnProperty", "__defineGetter__", "__lookupGetter__",
        "caller", "callee", "arguments", "Length", "Entries", "Kind", "AsString", "this", "self", "process", "global", "globalThis", "require", "mainModule", "env",
    ];

    private static readonly string[] Forms =
    [
        "NAME", "NAME()", "input.NAME", "input.NAME()", "input['NAME']", "''.NAME", "''.NAME()", "[].NAME()", "input.name.NAME()", "(1).NAME()", "input.?NAME.orValue(1).NAME", "input.NAME.NAME('return 1')()", "[1].map(NAME, NAME.constructor)",
    ];

    private static readonly string[] Known =
    [
        // JavaScript
        "''.constructor.constructor('return process')()", "[].filter.constructor('return 7*7')()", "(function(){return 7*7})()", "(() => 7*7)()", "`${7*7}`", "${7*7}", "#{7*7}", "input.constructor.prototype.polluted = true", "input['con' + 'structor']",
        "input['__pro' + 'to__']['x']", "this.constructor.constructor('return this')()", "new Function('return 7*7')()", "eval('7*7')", "setTimeout('7*7', 0)", "globalThis['eval']('7*7')", "Reflect.ownKeys(input)", "Object.keys(globalThis)", "import('fs')", "require('child_process').exec('id')",
        "process.mainModule.require('child_process')", "delete input.name", "input = 1", "input.name = 'x'", "x => x", "async () => 1", "await 1", "yield 1", "throw 1", "debugger", "with(input){name}", "typeof input", "void 0", "input instanceof Object", "/a/.constructor", "[].at.call", "'a'.replace(/a/g, eval)", "Proxy", "Symbol.iterator", "input?.constructor", "input!.name",
        // Python
        "''.__class__.__mro__[1].__subclasses__()", "().__class__.__bases__[0]", "__import__('os').system('id')", "[x for x in (1).__class__.__base__.__subclasses__()]", "lambda: 7*7", "exec('7*7')", "open('/etc/passwd').read()", "'{0.__class__}'.format(input)", "'%s' % input.__class__", "f'{7*7}'", "globals()", "locals()", "vars()", "dir(input)", "getattr(input, '__class__')", "type(input).__name__", "breakpoint()", "input.__reduce_ex__(2)", "print(7*7)", "import os",
        // C# and .NET
        "input.GetType().Assembly", "''.GetType().Assembly.GetType('System.Diagnostics.Process')", "System.Diagnostics.Process.Start('id')", "System.IO.File.ReadAllText('/etc/passwd')", "typeof(System.Type)", "nameof(input)", "Type.GetType('System.Object')", "Activator.CreateInstance('System.Object')", "new System.Object()", "default(object)", "(object)input",
        "input as object", "input is object", "Environment.GetEnvironmentVariable('PATH')", "global::System.Environment.Exit(1)", "$\"{7*7}\"", "@\"x\"", "it.GetType()", "np(input.GetType())", "unchecked(1)", "stackalloc int[1]", "sizeof(int)", "checked(1)", "input.ToString().GetType()", "Millrace.Core.Values.Value.Null", "Convert.ToBase64String(null)",
        // Java
        "T(java.lang.Runtime).getRuntime().exec('id')", "''.class.forName('java.lang.Runtime')", "#this.getClass()", "@java.lang.System@getenv()", "new java.lang.ProcessBuilder('id').start()", "${T(java.lang.System).getenv()}", "input.getClass().getClassLoader()", "#_memberAccess", "%{7*7}", "@systemProperties", "*{7*7}", "~{x}", "java.lang.System", "com.sun.jndi",
        // Template languages
        "{{7*7}}", "{%print(7*7)%}", "<%= 7*7 %>", "<#assign x=7*7>", "{{=7*7}}", "{{#with 'x'}}{{lookup . 'constructor'}}{{/with}}", "{{ input | attr('__class__') }}", "input|attr('__class__')", "input|map('id')|list", "{{self.__init__.__globals__}}", "{{ request.application }}", "{{config}}", "{php}7*7{/php}", "#set($x=7*7)$x", "$class.inspect('java.lang.Runtime')", "{{_self.env.registerUndefinedFilterCallback('exec')}}", "<script>7*7</script>", "{{ ''|safe }}", "{!7*7!}", "@(7*7)",
        // CEL itself, and what surrounds it
        "google.protobuf.Any{type_url: 'x'}", "google.protobuf.Struct{}", "type(input).constructor", "dyn(input).GetType()", "input.map(x, x.GetType())", "cel.bind(x, input, x.GetType())", "has(input.GetType)", "input.all(k, k.GetType())", "cel.Type{}", "proto.getExt(input, x)", "secrets.all(s, s)", "secrets", "nodes", "execution.engine", "workflow.store", "trigger.request.services", "env", "env.PATH", "process.env.PATH", "__index", "@result", "#input", "'%v'.format([input.GetType])", "'%(name)s'.format([input])", "'%n'.format([1])",
        // Unicode and escapes
        "input.\\u0063onstructor", "input['\\u0063onstructor']", "input['\\x63onstructor']", "input['\\143onstructor']", "input.ｃonstructor", "input.con\u200bstructor", "'\u202e'.constructor", "input['constructor\\u0000']", "\u0000", "input\u0000.name", "'\\ud800'", "b'\\xff'.constructor", "r'{{7*7}}'.constructor", "'''{{7*7}}'''.constructor", "\ufeffinput.constructor", "ıinput", "input.naﬁ",
        // Commands, queries and paths
        "'; id #", "$(id)", "`id`", "| id", "&& id", "'; drop table executions; --", "1; select 1", "1 union select 1", "../../etc/passwd", "file:///etc/passwd", "${jndi:ldap://127.0.0.1/x}", "%s%s%n", "\\\\server\\share", "/etc/passwd", "input;input", "input,input", "input\ninput", "// comment only", "/* x */ input.constructor", "--1.constructor", "0x7fffffffffffffff.constructor", "1e400.constructor", "-9223372036854775808.constructor",
    ];

    public static IEnumerable<string> Corpus =>
        Forms
            .SelectMany(form => Names.Select(name => form.Replace("NAME", name, StringComparison.Ordinal)))
            .Concat(Known)
            .Distinct(StringComparer.Ordinal);

    [Fact]
    public void There_are_hundreds_of_them() => Assert.True(Corpus.Count() >= 600, $"{Corpus.Count()}");

    [Fact]
    public void As_an_expression_none_reaches_anything() => Assert.All(Corpus, source =>
    {
        if (Expression.Parse(source, out var problem) is { } expression)
            CheckInert(
                source,
                expression.Evaluate(Data).Succeeded ? expression.Evaluate(Data).Value : Value.Null,
                expression.Evaluate(Data).Error);
        else
            CheckWords(source, problem!.Message);
    });

    [Fact]
    public void As_a_condition_none_reaches_anything() => Assert.All(Corpus, source =>
    {
        if (Expression.ParseCondition(source, out var problem) is { } expression)
            CheckInert(
                source,
                expression.Evaluate(Data).Succeeded ? expression.Evaluate(Data).Value : Value.Null,
                expression.Evaluate(Data).Error);
        else
            CheckWords(source, problem!.Message);
    });

    [Fact]
    public void As_a_template_none_reaches_anything() => Assert.All(Corpus.SelectMany(source => new[] { source, $"{{{{{source}}}}}", $"before {{{{ {source} }}}} after" }), source =>
    {
        if (Template.Parse(source, out var problems) is not { } template)
        {
            Assert.All(problems, problem => CheckWords(source, problem.Message));
            return;
        }
        var evaluation = template.Evaluate(Data);
        CheckInert(source, evaluation.Succeeded ? evaluation.Value : Value.Null, evaluation.Error);
    });

    // What arrives as data is data: it is never read as an expression, however it looks.
    [Fact]
    public void As_data_none_is_ever_evaluated() => Assert.All(Corpus.SelectMany(source => new[] { source, $"{{{{{source}}}}}" }), source =>
    {
        var data = new Bindings(MapValue.Of(("input", MapValue.Of("text", source))));
        Assert.Equal(source, Template.Parse("{{ input.text }}", out _)!.Evaluate(data).Value.AsString());
        Assert.Equal($"<{source}>", Template.Parse("<{{ input.text }}>", out _)!.Evaluate(data).Value.AsString());
        Assert.True(Expression.ParseCondition("{{ input.text }} == input.text", out _)!.Evaluate(data).Value.AsBool());
    });

    private static void CheckInert(string source, Value value, string? error)
    {
        CheckWords(source, error ?? "");
        // Seven times seven is only worked out where it is CEL in braces of ours; nothing else is there that the source does not say
        // itself.
        var json = value.ToJson();
        Assert.True(!json.Contains("49", StringComparison.Ordinal) || source.Contains("{{7*7}}", StringComparison.Ordinal), json);
        foreach (var trace in (string[])["root:", "System.", "Millrace.", "native code", "uid=", "/usr/bin"])
            Assert.True(!json.Contains(trace, StringComparison.Ordinal) || source.Contains(trace, StringComparison.Ordinal), json);
    }

    private static void CheckWords(string source, string words)
    {
        foreach (var trace in (string[])["   at ", "Exception", "System.", "Millrace.", "Object reference", "stack"])
            Assert.True(!words.Contains(trace, StringComparison.Ordinal) || source.Contains(trace, StringComparison.Ordinal), words);
    }
}
