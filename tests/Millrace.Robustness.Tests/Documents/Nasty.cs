using System.Text;
using Millrace.Core.Definitions;

namespace Millrace.Robustness.Tests.Documents;

/// <summary>Documents and bodies that each did harm to some program once.</summary>
internal static class Nasty
{
    public static IEnumerable<byte[]> Json()
    {
        foreach (var depth in (int[])[99, 100, 101, 127, 128, 129, 1_000, 10_000])
        {
            yield return Bytes(Repeat("[", depth) + Repeat("]", depth));
            yield return Bytes(Repeat("{\"a\":", depth) + "1" + Repeat("}", depth));
            yield return Bytes("{\"name\":\"x\",\"nodes\":[{\"id\":\"a\",\"type\":\"noop\",\"config\":{\"output\":" + Repeat("[", depth) + Repeat("]", depth) + "}}]}");
            yield return Bytes(Repeat("[", depth));
        }
        foreach (var number in (string[])["1e999", "-1e999", "1e-999", new string('9', 400), "0." + new string('9', 400), "1" + new string('0', 400) + "e-400", "9223372036854775808", "-9223372036854775809", "-0", "00", "1.", ".1", "+1", "0x10", "NaN", "Infinity"])
            yield return Bytes("{\"name\":\"x\",\"input\":" + number + ",\"nodes\":[{\"id\":\"a\",\"type\":\"noop\",\"config\":{\"output\":" + number + "}}]}");
        foreach (var text in (string[])["\\u0000", "\\ud800", "\\udc00\\ud800", "\\ud83d", "\\u", "\\x41", "\\", "\u0001", "\ufeff", "\ufffe", "\u202e", "\\n\\r", new string('a', 100_000), "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "%s%n", "${jndi:ldap://x}", "{{"])
        {
            yield return Bytes($$"""{"id":"{{text}}","name":"{{text}}","input":"{{text}}","expression":"{{text}}","correlationId":"{{text}}","nodes":[{"id":"{{text}}","type":"noop"}]}""");
            yield return Bytes($$"""{"{{text}}":1,"input":{"{{text}}":1},"name":"x","nodes":[{"id":"a","type":"{{text}}","{{text}}":2}],"edges":[{"source":"{{text}}","target":"{{text}}"}]}""");
        }
        foreach (var whole in (string[])["", " ", "\0", "null", "true", "0", "\"x\"", "[]", "{}", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{'a':1}", "{a:1}", "// c\n{}", "/**/{}", "{}{}", "{} x", "\ufeff{}", "{\"a\":1,\"a\":2}", "{\"input\":1,\"input\":2}", "{\"input\":1,\"input_data\":2}"])
            yield return Bytes(whole);
        yield return [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00];
        yield return [0x22, 0xc0, 0x80, 0x22];
        yield return [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d];
        yield return Bytes("{\"$type\":\"System.Diagnostics.Process\",\"_type\":\"x\",\"__proto__\":{\"isAdmin\":true},\"constructor\":{\"prototype\":{}},\"nodes\":[]}");
        yield return Bytes($"{{\"name\":\"x\",\"nodes\":[{string.Join(",", Enumerable.Range(0, DefinitionLimits.Nodes + 1).Select(i => $"{{\"id\":\"n{i}\",\"type\":\"noop\"}}"))}]}}");
        yield return Bytes($"{{{string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"\"k{i}\":{i}"))}}}");
        yield return Bytes($"{{\"name\":\"x\",\"nodes\":[{{\"id\":\"a\",\"type\":\"noop\"}}],\"edges\":[{string.Join(",", Enumerable.Repeat("{\"source\":\"a\",\"target\":\"a\"}", 2_000))}]}}");
        yield return Bytes($"{{\"name\":\"x\",\"nodes\":[{{\"id\":\"a\",\"type\":\"noop\",\"conditions\":[{string.Join(",", Enumerable.Repeat("\"1 +\"", 500))}]}}]}}");
    }

    /// <summary>As large as is taken, and a byte more: mostly one long text.</summary>
    public static IEnumerable<byte[]> Large()
    {
        foreach (var size in (int[])[DefinitionLimits.DocumentBytes - 1, DefinitionLimits.DocumentBytes, DefinitionLimits.DocumentBytes + 1])
        {
            const string Before = "{\"name\":\"x\",\"input\":\"";
            const string After = "\",\"nodes\":[{\"id\":\"a\",\"type\":\"noop\"}]}";
            yield return Bytes(Before + new string('a', size - Before.Length - After.Length) + After);
        }
        yield return Bytes("[" + string.Concat(Enumerable.Repeat("[],", 1_000_000)) + "1]");
    }

    public static IEnumerable<byte[]> Yaml()
    {
        // Nine levels of nine aliases: three hundred and eighty-seven million values in half a kilobyte.
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 9; i++)
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        yield return Bytes(bomb.ToString());
        yield return Bytes(bomb + "name: x\nnodes: *a8\n");
        foreach (var depth in (int[])[100, 101, 1_000, 10_000])
        {
            yield return Bytes(Repeat("[", depth));
            yield return Bytes(Repeat("- ", depth) + "x");
            yield return Bytes(Repeat("{a: ", depth) + Repeat("}", depth));
            yield return Bytes(Repeat("? ", depth) + "x");
        }
        foreach (var text in (string[])
        [
            "a: &a [*a]", "a: *b", "<<: {a: 1}", "a: {<<: *x}", "&a a: &a b\nb: *a", "--- a\n--- b", "a: 1\n---\nb: 2\n...", "a: !!python/object/apply:os.system ['x']", "a: !!binary aGk=", "a: !!int x", "a: !<tag:yaml.org,2002:js/function> 'x'",
            "!!map [a]", "a: 1\na: 2", "\t- a", "a:\n\t- b", "a: \"\\ud800\"", "a: \"\\0\"", "a: \"\\U00110000\"", "%YAML 3.0\n---\na: 1", "%TAG ! tag:x,2000:\n---\na: !y 1", "a: |99\n x", "a: >\n", "key: [a, b", "'", "\"", "a: 'x", "@a", "`a", "? [a]\n: b", "? {a: b}\n: c",
            "name: x\nnodes:\n- id: yes\n  type: no\n", "name: 1e999\nsteps: []", "steps: [{id: .inf, type: .nan}]", "a: 0x" + new string('f', 400), "a: " + new string('9', 400), "a: 1:30:30", "a: 2026-01-31", "- ", "-", "? ", ": ", "...", "---", "%", "#", "\ufeffa: 1", "a: b: c", "a\u2028b: c", "\u0085", "{a, b: }", "[a: b]",
            "name: x\nsteps:\n  - &s {id: a, type: noop}\n  - *s\n", "name: x\nsteps: [&s {id: a, type: noop, config: {output: &t [*t]}}]\n",
        ])
            yield return Bytes(text);
        yield return Bytes("name: x\nsteps:\n" + string.Concat(Enumerable.Range(0, DefinitionLimits.Nodes + 1).Select(i => $"- {{id: n{i}, type: noop}}\n")));
        yield return [0xff, 0xfe, 0x61, 0x00];
        yield return [0x61, 0x3a, 0x20, 0xc3, 0x28];
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Repeat(string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();
}
