using System.Text.Json;
using Millrace.Sandbox.Protocol;
using Millrace.Sandbox.Realms;

namespace Millrace.Nodes.Tests.Code;

/// <summary>What the process that runs JavaScript does with its calls, without the process.</summary>
public sealed class CallRunnerTests
{
    [Theory]
    [InlineData("return 1;", """{"result":1,"last":true}""")]
    [InlineData("throw 'x';", """{"error":{"type":"Error","message":"x","line":null,"trace":[]},"last":true}""")]
    [InlineData("await new Promise(() => {});",
        """{"error":{"type":"Error","message":"it waits for a promise that nothing will ever settle","line":null,"trace":[]},"last":true}""")]
    public void The_last_call_of_a_process_says_so(string code, string frame)
    {
        var (written, isOver) = Run(code, isLast: true);
        Assert.Equal(frame, Assert.Single(written));
        Assert.True(isOver);
    }

    [Fact]
    public void Any_other_does_not()
    {
        var (written, isOver) = Run("return 1;", isLast: false);
        Assert.Equal("""{"result":1}""", Assert.Single(written));
        Assert.False(isOver);
    }

    [Fact]
    public void What_code_says_while_its_result_is_written_comes_before_it() => Assert.Equal(
        ["""{"log":"said","level":"info"}""", """{"result":{"a":[{"b":1}]}}"""],
        Run("return { a: [{ toJSON() { console.log('said'); return { b: 1 }; } }] };", isLast: false).Frames);

    [Fact]
    public void What_is_kept_of_codes_is_bounded_by_their_length()
    {
        var prepared = new PreparedCode();
        using var call = JsonDocument.Parse("""{"data":null}""");
        var longest = 0;
        foreach (var length in Enumerable.Range(1, 60).Select(n => n * 1_000))
        {
            Assert.NotNull(prepared.Get($"return {length}; // {new string('x', length)}", call.RootElement, out _));
            longest = Math.Max(longest, prepared.KeptLength);
        }
        Assert.InRange(longest, PreparedCode.MaxKeptLength / 2, PreparedCode.MaxKeptLength);
        var before = prepared.KeptLength;
        Assert.NotNull(prepared.Get($"return 1; // {new string('x', PreparedCode.MaxKeptLength)}", call.RootElement, out _));
        Assert.Equal(before, prepared.KeptLength);
    }

    [Theory]
    [InlineData("const e = new Error('x'); e.stack = 'at f code.js:99999999999'; throw e;", "\"line\":null")]
    [InlineData("throw { name: 'Own', get stack() { throw 1; } };", "\"type\":\"Own\"")]
    [InlineData("throw { get name() { throw 1; }, get message() { throw { get stack() { throw 2; } }; } };", "\"type\":\"Error\"")]
    [InlineData("return Promise.reject({ get message() { throw 1; } });", "\"message\":\"\"")]
    [InlineData("require('a\\0b');", "There is no module")]
    [InlineData("require('./../' + 'a/'.repeat(3000));", "\"error\"")]
    [InlineData("require('a'.repeat(5000));", "\"error\"")]
    [InlineData("globalThis.Uint8Array = Array; new TextDecoder().decode(new ArrayBuffer(1));", "\"type\":\"TypeError\"")]
    public void What_code_does_wrong_costs_no_process(string code, string said)
    {
        var folder = Directory.CreateTempSubdirectory("modules");
        try
        {
            var (written, isOver) = Run(code, isLast: false, new ModuleFolder(folder.FullName));
            var frame = Assert.Single(written);
            Assert.Contains(said, frame, StringComparison.Ordinal);
            Assert.DoesNotContain("the interpreter itself", frame, StringComparison.Ordinal);
            Assert.False(isOver);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (List<string> Frames, bool IsOver) Run(string code, bool isLast, ModuleFolder? modules = null)
    {
        using var written = new MemoryStream();
        var runner = new CallRunner(new CallChannel(new FrameStream(Stream.Null, written, 1024)), modules);
        var isOver = runner.Run(JsonDocument.Parse(JsonSerializer.Serialize(new { code, data = (object?)null })), isLast);
        written.Position = 0;
        var reader = new FrameStream(written, Stream.Null, 1024 * 1024);
        var frames = new List<string>();
        while (reader.Read() is { IsEmpty: false } frame)
            frames.Add(System.Text.Encoding.UTF8.GetString(frame.Span));
        return (frames, isOver);
    }
}
