using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Code;

namespace Millrace.Nodes.Tests.Code;

/// <summary>Code in the sandbox of this machine. Where there is none, tests say so and are skipped; in CI there has to be one.</summary>
public sealed class Sandboxed : IDisposable
{
    public Sandboxed()
    {
        Runtime = new CodeRuntime(new CodeSettings(), TimeProvider.System);
        Problem = Runtime.WhyNot("python") ?? Runtime.WhyNot("javascript");
    }

    internal CodeRuntime Runtime { get; }

    private string? Problem { get; }

    public void Need()
    {
        if (Problem is not null && Environment.GetEnvironmentVariable("CI") is "true")
            Assert.Fail(Problem);
        Assert.SkipWhen(Problem is not null, Problem ?? "");
    }

    /// <summary>Runs code with what arrives.</summary>
    internal async Task<NodeOutcome> RunAsync(
        string language, string code, string data = "null", string rest = "", CancellationToken cancellation = default)
    {
        Need();
        return await OneEffect.RunAsync(new CodeNode(Runtime), $$"""{"language":"{{language}}","code":{{System.Text.Json.JsonSerializer.Serialize(code)}}{{rest}}}""", data, cancellation: cancellation);
    }

    internal async Task<string> ResultAsync(string language, string code, string data = "null", string rest = "")
    {
        var outcome = await RunAsync(language, code, data, rest, TestContext.Current.CancellationToken);
        Assert.True(outcome.Error is null, outcome.Error?.Message);
        return outcome.Output.ToJson();
    }

    internal async Task<NodeError> ErrorAsync(string language, string code, string data = "null", string rest = "")
    {
        var outcome = await RunAsync(language, code, data, rest, TestContext.Current.CancellationToken);
        Assert.True(outcome.Error is not null, outcome.Error is null ? outcome.Output.ToJson() : "");
        return outcome.Error!;
    }

    public void Dispose() => Runtime.Dispose();
}
