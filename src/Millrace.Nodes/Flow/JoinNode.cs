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
    [Description("When it goes on: once every branch has come or was skipped, with the first, or with the first n.")]
    public JoinMode Mode { get; init; }

    [Description("How many branches it needs, for the mode n.")]
    public int? Count { get; init; }

    [Description("What it makes of the branches' outputs: an object by node id, one list, lists merged by position, lists merged by a key, or the first output.")]
    public JoinCombine Combine { get; init; }

    [Description("The field by which objects are merged, for byKey. Dots lead into objects.")]
    public string? Key { get; init; }

    [Description("Whether branches that come too late are stopped.")]
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

/// <summary>Brings branches together.</summary>
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
            compilation.Error(config.Count is null ? "/mode" : "/count", "missing_field", "'count' belongs to the mode 'n', and that mode needs it.");
        else if (config.Count < 1)
            compilation.Error("/count", "out_of_range", "'count' must be at least 1.");
        FieldPath? key = null;
        if ((config.Combine == JoinCombine.ByKey) != config.Key is not null)
            compilation.Error(config.Key is null ? "/combine" : "/key", "missing_field", "'key' belongs to 'byKey', which needs it.");
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
                JoinCombine.Object => NodeOutcome.Completed(MapValue.Create(arrivals.Select(arrival => KeyValuePair.Create(arrival.Source, arrival.Output)))),
                JoinCombine.Append => NodeOutcome.Completed(JoinedLists.Append(arrivals)),
                JoinCombine.Zip => JoinedLists.Zip(arrivals),
                JoinCombine.ByKey => JoinedLists.ByKey(arrivals, key!),
                _ => NodeOutcome.Completed(arrivals[0].Output),
            };
        }
    }
}
