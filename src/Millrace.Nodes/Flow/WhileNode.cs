using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record WhileConfig
{
    [ExpressionField]
    [Description(
        "A CEL condition, checked before every iteration. `data` is the result of the last iteration (at first: what arrived), `index` "
        + "the number of the iteration, from 0.")]
    public required string Condition { get; init; }

    [Description("The maximum number of iterations; more are a failure.")]
    public int MaxIterations { get; init; } = WorkflowSettings.UsualMaxIterations;

    [Description("The graph to run: {nodes, edges}. Its first nodes get the result of the last iteration.")]
    public required IReadOnlyDictionary<string, Value> Body { get; init; }
}

/// <summary>Runs a body as long as a condition holds.</summary>
internal sealed class WhileNode : BodyNodeType<WhileConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "while",
        Aliases = ["repeat"],
        Title = "While",
        Summary = "Runs its body as long as a condition is true, each time on the last result, and returns the last result.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        GraphFields = ["/body"],
    };

    protected override BodyLogic? Compile(WhileConfig config, NodeCompilation compilation)
    {
        if (config.MaxIterations < 1)
            compilation.Error("/maxIterations", "out_of_range", "'maxIterations' must be at least 1.");
        var condition = compilation.Expression(config.Condition, "/condition");
        var body = compilation.Body("body");
        return condition is null || body is null || compilation.HasErrors ? null : new WhileLogic(condition, config.MaxIterations, body);
    }
}
