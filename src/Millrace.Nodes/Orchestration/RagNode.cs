using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Orchestration;

internal sealed record RagConfig
{
    [Description("The query. By default, what arrives at the node.")]
    public Value Query { get; init; }

    [Description("The collection to search, by its name at the RAG service. By default, the service chooses.")]
    public string? Collection { get; init; }

    [Description("The maximum number of documents, 1 to 1000.")]
    public int TopK { get; init; } = 5;
}

/// <summary>Looks documents up in the RAG service. The output is the list of them, best first, as the service gives them.</summary>
internal sealed class RagNode(ServiceClient rag) : EffectNodeType<RagConfig>
{
    private const int MaxDocuments = 1_000;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "rag",
        Aliases = ["retrieve"],
        Title = "Retrieve documents",
        Summary = "Looks up documents in the RAG service and returns a list, the best first.",
        Category = "Ai",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
    };

    protected override void Check(NodeCompilation compilation)
    {
        rag.Check(compilation);
        var topK = compilation.Field("topK");
        if (!topK.IsNull && !Schema.IsTemplate(topK) && topK.TryGetInt(out var count) && CountProblem(count) is { } problem)
            compilation.Error("/topK", "invalid_value", problem);
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(RagConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (CountProblem(config.TopK) is { } problem)
            return NodeOutcome.Failed("config", problem);
        var question = new MapBuilder()
            .Set("query", Text.Of(config.Query.IsNull ? context.Data : config.Query))
            .SetIfPresent("collection", config.Collection)
            .Set("topK", config.TopK);
        var what = config.Collection is null ? "documents" : $"the collection '{config.Collection}'";
        var outcome = await rag.AskAsync("/v1/retrieve", what, question, context, cancellation);
        if (outcome is not ServiceOutcome.Answered answer)
            return NodeOutcome.Failed(((ServiceOutcome.Failed)outcome).Error);
        var read = ServiceAnswer.Read(rag.Service, answer.Body, "documents", ServiceTrace.IdOf(context.ExecutionId), needsUsage: false);
        return read.Error is null && !read.Output.TryGetList(out _)
            ? NodeOutcome.Failed(
                new NodeError(
                    rag.Service.Name,
                    $"The {rag.Service.Title}'s 'documents' are {Failures.Kind(read.Output)}; they must be a list.",
                    Details: read.Meta))
            : read;
    }

    private static string? CountProblem(long count) =>
        count is < 1 or > MaxDocuments ? $"'topK' is {count}; it must be 1 to {MaxDocuments}." : null;
}
