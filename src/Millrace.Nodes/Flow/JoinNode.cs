using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record JoinConfig
{
    [Description("What to wait for: all branches that were not skipped, the first branch, or the first n.")]
    public JoinMode Mode { get; init; }

    [Description("The number of branches to wait for, for mode n.")]
    public int? Count { get; init; }

    [Description(
        "How to combine the outputs: an object by node id, one list, lists merged by position, lists merged by a key, or the first "
        + "output.")]
    public JoinCombine Combine { get; init; }

    [Description("The field by which objects are merged, for byKey. Dots separate nested fields.")]
    public string? Key { get; init; }

    [Description("Whether to stop the branches that it does not wait for.")]
    public bool CancelOthers { get; init; }
}

internal enum JoinMode
{
    [JsonStringEnumMemberName("wait-all")]
    WaitAll,
    Any,
    N,
}

internal enum JoinCombine
{
    Object,
    Append,
    Zip,
    ByKey,
    First,
}

/// <summary>Waits for branches and combines their outputs.</summary>
internal sealed class JoinNode : PureNodeType<JoinConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "join",
        Aliases = ["merge"],
        Title = "Join",
        Summary = "Waits for branches and combines their outputs; skipped branches do not count.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        Role = NodeRole.Join,
    };

    protected override PureLogic? Compile(JoinConfig config, NodeCompilation compilation)
    {
        if ((config.Mode == JoinMode.N) != config.Count is not null)
            compilation.Error(
                config.Count is null ? "/mode" : "/count", "missing_field", "The mode 'n' needs 'count', and only that mode has it.");
        else if (config.Count < 1)
            compilation.Error("/count", "out_of_range", "'count' must be at least 1.");
        FieldPath? key = null;
        if ((config.Combine == JoinCombine.ByKey) != config.Key is not null)
            compilation.Error(
                config.Key is null ? "/combine" : "/key",
                "missing_field",
                "The combination 'byKey' needs 'key', and only that one has it.");
        else if (config.Key is not null && !FieldPath.TryParse(config.Key, out key))
            compilation.Error("/key", "invalid_path", $"'{config.Key}' is not the name of a field.");
        return new Logic(new JoinRule(config.Mode == JoinMode.Any ? 1 : config.Count, config.CancelOthers), config.Combine, key);
    }

    private sealed class Logic(JoinRule rule, JoinCombine combine, FieldPath? key) : PureLogic, IJoinLogic
    {
        public JoinRule Rule => rule;

        public override NodeOutcome Evaluate(NodeContext context)
        {
            // A join that nothing leads to has nothing to combine: it passes on what its graph or body began with.
            var arrivals = context.Arrivals.IsEmpty ? [new Arrival("input", context.Data)] : context.Arrivals;
            return combine switch
            {
                JoinCombine.Object =>
                    NodeOutcome.Completed(MapValue.Create(arrivals.Select(arrival => KeyValuePair.Create(arrival.Source, arrival.Output)))),
                JoinCombine.Append => NodeOutcome.Completed(JoinedLists.Append(arrivals)),
                JoinCombine.Zip => JoinedLists.Zip(arrivals),
                JoinCombine.ByKey => JoinedLists.ByKey(arrivals, key!),
                _ => NodeOutcome.Completed(arrivals[0].Output),
            };
        }
    }
}
