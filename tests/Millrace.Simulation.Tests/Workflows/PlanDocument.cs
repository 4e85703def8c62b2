using Millrace.Core.Values;

namespace Millrace.Simulation.Tests.Workflows;

/// <summary>Writes a plan as the document that a user would send.</summary>
internal sealed class PlanDocument
{
    private readonly Func<PlanNode, (string Type, MapValue Config)> _effects;
    private readonly TimeSpan _second;

    private PlanDocument(Func<PlanNode, (string Type, MapValue Config)> effects, TimeSpan second) => (_effects, _second) = (effects, second);

    /// <param name="plan">The plan.</param>
    /// <param name="effects">What its effects are in the document; null: what they are in the plan, for a test that ends them itself.</param>
    /// <param name="second">What a second of the plan takes; null: as long as any, for a test that is the clock itself.</param>
    public static string Of(Plan plan, Func<PlanNode, (string Type, MapValue Config)>? effects = null, TimeSpan? second = null)
    {
        var document = new PlanDocument(effects ?? Effect, second ?? TimeSpan.FromSeconds(1));
        return ((Value)new MapBuilder()
            .Set("name", "simulated")
            .Set("variables", VariablesOf(plan))
            .Set("nodes", document.Nodes(plan))
            .Set("edges", Edges(plan))
            .Build()).ToJson();
    }

    /// <summary>The variables at the beginning: those that are appended to are lists, the others count from 0.</summary>
    public static MapValue VariablesOf(Plan plan) => MapValue.Create(plan.AllNodes()
        .Where(node => node.Variable is not null)
        .DistinctBy(node => node.Variable)
        .Select(node => KeyValuePair.Create(node.Variable!, node.Appends ? ListValue.Empty : (Value)0L)));

    private ListValue Nodes(Plan plan) => ListValue.Create(plan.Nodes.Select(node => (Value)Node(node)));

    private static ListValue Edges(Plan plan) => ListValue.Create(plan.Edges.Select(edge => (Value)new MapBuilder()
        .Set("source", edge.Source)
        .Set("target", edge.Target)
        .SetIfPresent("port", edge.Port)
        .SetIfPresent("when", edge.When)
        .SetIfPresent("maxIterations", Number(edge.MaxIterations))
        .Build()));

    private MapValue Node(PlanNode node)
    {
        var (type, config) = node.IsEffect ? _effects(node) : (node.Type, Config(node));
        var map = new MapBuilder().Set("id", node.Id).Set("type", type).Set("config", config);
        if (!node.Gates.IsEmpty)
            map.Set("conditions", ListValue.Create(node.Gates.Select(gate => (Value)gate)));
        if (node.Disabled)
            map.Set("disabled", true);
        map.SetIfPresent("onError", node.OnError).SetIfPresent("inDoubt", node.InDoubt);
        if (node.Attempts > 1)
            map.Set("retry", Retry(node));
        if (node.HasCompensation)
            map.Set("compensation", MapValue.Of(("type", "noop"), ("config", MapValue.Of("output", "{{ output }}"))));
        return map.Build();
    }

    private MapValue Retry(PlanNode node)
    {
        var retry = new MapBuilder().Set("maxAttempts", (long)node.Attempts).Set("delay", Seconds(1));
        if (node.RetriesEverything)
            retry.Set("errors", ListValue.Create([(Value)"*"]));
        return retry.Build();
    }

    private static (string Type, MapValue Config) Effect(PlanNode node) => (node.Type, node.Type == "noop"
        ? new MapBuilder().SetIfPresent("output", Template(node)).Build()
        : new MapBuilder().Set("workflowId", "other").SetIfPresent("input", Template(node)).Build());

    private MapValue Config(PlanNode node)
    {
        var config = new MapBuilder();
        switch (node.Type)
        {
            case "start" or "stop": break;
            case "output": config.SetIfPresent("value", Template(node)); break;
            case "transform": config.SetIfPresent("expression", node.Expression); break;
            case "if": config.SetIfPresent("condition", node.Expression); break;
            case "switch": config.Set("cases", ListValue.Create(node.Cases.Select(one => (Value)MapValue.Of(("when", one.When), ("port", one.Port))))); break;
            case "setVariable": Variable(node, config); break;
            case "delay": config.Set("duration", Seconds(node.Seconds)); break;
            case "waitForEvent": Wait(node, config); break;
            case "approval": config.Set("title", "Go on?"); break;
            case "manualInput": config.Set("form", MapValue.Of("type", "object")); break;
            case "callback": break;
            case "join": Join(node, config); break;
            case "log" or "fail": config.Set("message", "simulated"); break;
            case "forEach": config.SetIfPresent("items", Template(node)).Set("concurrency", (long)node.Concurrency).Set("onItemError", node.Collects ? "collect" : "fail").Set("body", Body(node)); break;
            case "while": config.SetIfPresent("condition", node.Expression).SetIfPresent("maxIterations", Number(node.MaxIterations)).Set("body", Body(node)); break;
            default: throw new InvalidOperationException($"No plan has a node of type '{node.Type}'.");
        }
        return config.Build();
    }

    private static void Variable(PlanNode node, MapBuilder config)
    {
        config.Set("name", node.Variable).SetIfPresent("value", Template(node));
        if (node.Appends)
            config.Set("merge", "append");
    }

    private void Wait(PlanNode node, MapBuilder config)
    {
        config.Set("name", node.Signal).SetIfPresent("filter", node.Filter);
        if (node.Seconds > 0)
            config.Set("timeout", Seconds(node.Seconds));
    }

    private static void Join(PlanNode node, MapBuilder config)
    {
        if (node.Required is not { } required)
            return;
        config.Set("mode", required == 1 ? "any" : "n");
        if (required > 1)
            config.Set("count", (long)required);
        if (node.CancelsOthers)
            config.Set("cancelOthers", true);
    }

    private MapValue Body(PlanNode node) => MapValue.Of(("nodes", Nodes(node.Body!)), ("edges", Edges(node.Body!)));

    private string Seconds(int count) => $"{(long)(_second * count).TotalMilliseconds}ms";

    private static Value Template(PlanNode node) => node.Expression is { } expression ? $"{{{{ {expression} }}}}" : Value.Null;

    private static Value Number(int? number) => number is { } some ? (Value)(long)some : Value.Null;
}
