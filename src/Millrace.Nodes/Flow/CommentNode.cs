using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record CommentConfig
{
    [VerbatimField]
    [Description("The text of the comment.")]
    public string? Text { get; init; }
}

/// <summary>A remark for readers. It is left out of the compiled graph.</summary>
internal sealed class CommentNode : PureNodeType<CommentConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "comment",
        Aliases = ["note"],
        Title = "Comment",
        Summary = "A comment for readers; it never runs.",
        Category = "Flow",
        Kind = NodeKind.Comment,
    };

    protected override PureLogic? Compile(CommentConfig config, NodeCompilation compilation) => null;
}
