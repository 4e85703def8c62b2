using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Code;

internal sealed record CodeConfig
{
    [Description("The language of the code.")]
    public required CodeLanguage Language { get; init; }

    [VerbatimField]
    [Description("A function `process`, or a body that returns. Taken as it is, braces included.")]
    public required string Code { get; init; }

    [Description("Arguments of `process` by name; each may be a template. Left out: the data that arrives.")]
    public IReadOnlyDictionary<string, Value>? InputMapping { get; init; }

    [Description("The most memory it may use, MiB.")]
    public int MemoryMb { get; init; } = 128;
}

internal enum CodeLanguage
{
    Python,
    Javascript,
}

/// <summary>Somebody's own code. Documents that use it are checked; it is not run as long as there is no sandbox to run it in.</summary>
internal sealed class CodeNode : EffectNodeType<CodeConfig>
{
    private const string NotRun = "Code nodes are checked but not run by this version of Millrace, which has no sandbox for them; use a transform, or an http node to a service of your own.";

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "code",
        Title = "Code",
        Summary = "Python or JavaScript of your own. Checked, but not run by this version.",
        Category = "Code",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Unsafe,
    };

    protected override void Check(NodeCompilation compilation) => compilation.Warning("", "not_run", NotRun);

    protected override ValueTask<NodeOutcome> ExecuteAsync(CodeConfig config, EffectContext context, CancellationToken cancellation) =>
        new(NodeOutcome.Failed("code", NotRun));
}
