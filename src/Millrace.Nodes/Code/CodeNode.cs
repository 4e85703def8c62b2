using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Code;

internal sealed record CodeConfig
{
    [Description("The language of the code.")]
    public required CodeLanguageName Language { get; init; }

    [VerbatimField]
    [Description("A function `process`, or a function body with `return`. It is not a template: braces have no meaning.")]
    public required string Code { get; init; }

    [Description("Arguments of `process` by name; each may be a template. By default, its only argument is the data that arrives.")]
    public IReadOnlyDictionary<string, Value>? InputMapping { get; init; }

    [Description("The maximum memory of the code, in MiB; 16 to 4096.")]
    public int MemoryMb { get; init; } = CodeRuntime.UsualMebibytes;
}

internal enum CodeLanguageName
{
    Python,
    Javascript,
}

/// <summary>Somebody's own code, in a sandboxed process.</summary>
internal sealed class CodeNode(CodeRuntime runtime) : EffectNodeType<CodeConfig>
{
    private const int LeastMebibytes = 16;
    private const int MaxMebibytes = 4_096;

    protected override TimeSpan? DefaultTimeout => CodeRuntime.UsualTimeout;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "code",
        Aliases = ["script"],
        Title = "Code",
        Summary = "Runs your Python or JavaScript in a sandbox without network and files; its output is the return value, and what it "
            + "prints goes to the log.",
        Category = "Code",
        Kind = NodeKind.Effect,
        // A sandbox leaves nothing behind.
        Repetition = runtime.IsSandboxed ? Repetition.Harmless : Repetition.Unsafe,
    };

    protected override void Check(NodeCompilation compilation)
    {
        if (compilation.Field("memoryMb").TryGetInt(out var mebibytes)
            && MemoryProblem((int)Math.Clamp(mebibytes, int.MinValue, int.MaxValue)) is { } problem)
            compilation.Error("/memoryMb", "out_of_range", problem);
        // Whatever this machine says of its code, what is saved runs; and it is not to wait for an interpreter.
        if (compilation.IsSaved || !compilation.Field("language").TryGetString(out var name)
            || !Enum.TryParse<CodeLanguageName>(name, ignoreCase: true, out var language))
            return;
        if (runtime.WhyNot(NameOf(language)) is { } why)
            compilation.Warning("", "not_run", why);
        if (compilation.Field("code").TryGetString(out var code))
            CheckCode(compilation, language, code);
    }

    private void CheckCode(NodeCompilation compilation, CodeLanguageName language, string code)
    {
        if (CodeProblem.Of(runtime, language, code) is not { } problem)
            return;
        if (problem.IsFatal)
            compilation.Error("/code", problem.Code, problem.Message);
        else
            compilation.Warning("/code", problem.Code, problem.Message);
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(CodeConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (MemoryProblem(config.MemoryMb) is { } problem)
            return NodeOutcome.Failed("config", problem);
        var call = new MapBuilder().Set("code", config.Code);
        if (config.InputMapping is { } mapping)
            call.Set("arguments", MapValue.Create(mapping));
        else
            call.Set("data", context.Data);
        return await runtime.RunAsync(
            NameOf(config.Language), config.MemoryMb, call.Build(), (level, line) => context.Log(level, line), cancellation);
    }

    private static string NameOf(CodeLanguageName language) => language.ToString().ToLowerInvariant();

    private static string? MemoryProblem(int mebibytes) =>
        mebibytes is >= LeastMebibytes and <= MaxMebibytes
            ? null : $"'memoryMb' is {mebibytes}; it must be from {LeastMebibytes} to {MaxMebibytes}.";
}
