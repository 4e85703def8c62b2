using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Simulation.Tests.Workflows;

/// <summary>Draws valid workflows of all constructs from a seed.</summary>
internal sealed class PlanGenerator
{
    private const int MaxNodes = 26;
    private const int MaxDepth = 3;

    private readonly Random _random;
    private readonly NodeGenerator _nodes;
    private int _count;

    private PlanGenerator(int seed)
    {
        _random = new Random(seed);
        _nodes = new NodeGenerator(_random);
    }

    public static Plan Generate(int seed)
    {
        var generator = new PlanGenerator(seed);
        return generator.Graph(generator._random.Next(2, 12), new Place([], IsBody: false, HasItem: false, IsParallel: false, Depth: 0));
    }

    /// <summary>What the execution is started with.</summary>
    public static Value InputOf(int seed)
    {
        var random = new Random(seed);
        return MapValue.Of(("n", (long)random.Next(10)), ("items", ListValue.Create(Enumerable.Range(0, random.Next(4)).Select(_ => (Value)(long)random.Next(10)))));
    }

    private Plan Graph(int size, Place place)
    {
        var graph = new Draft();
        if (!place.IsBody)
            graph.Add(PlanNode.Start, [], []);
        for (var i = 0; i < size && _count < MaxNodes; i++)
            Add(graph, place, loop: []);
        return new Plan([.. graph.Nodes], [.. graph.Edges.Distinct()]);
    }

    /// <summary>Adds a node, or a loop that begins with one; gives the ids of what it added.</summary>
    private List<string> Add(Draft graph, Place place, List<string> loop)
    {
        var isLoop = place.Depth < MaxDepth && _random.Next(8) == 0;
        // In a loop every node follows another one of it: it is entered at its header only.
        var candidates = loop.Count > 0 ? loop : graph.Nodes.ConvertAll(node => node.Id);
        var sources = Pick(candidates, loop.Count > 0 ? 1 : _random.Next(8) == 0 ? 0 : 1);
        var known = place.Known.Concat(sources).Concat(sources.SelectMany(source => graph.Before[source])).Distinct().ToList();
        var inside = place with { Known = known, IsHeader = isLoop, IsLoop = place.IsLoop || isLoop || loop.Count > 0 };
        var node = _nodes.Next($"n{_count++}", inside, sources.Count);
        if (node.Type is "forEach" or "while")
        {
            var body = inside with { IsHeader = false, IsBody = true, HasItem = inside.HasItem || node.Type == "forEach", IsParallel = inside.IsParallel || node.Concurrency > 1, Depth = inside.Depth + 1 };
            node = node with { Body = Graph(_random.Next(1, 4), body) };
        }
        // A body that got no nodes because there are enough would be refused.
        if (node.Body is { Nodes.IsEmpty: true })
            node = new PlanNode(node.Id, "noop");
        var edges = sources.SelectMany(source => Edges(graph, source, node, inside)).Distinct().ToList();
        if (node.Required > edges.Count)
            node = node with { Required = edges.Count };
        graph.Add(node, edges, known);
        return isLoop ? AddLoop(graph, inside, node.Id) : [node.Id];
    }

    private List<string> AddLoop(Draft graph, Place place, string header)
    {
        var loop = new List<string> { header };
        var inside = place with { IsHeader = false, Depth = place.Depth + 1 };
        for (var i = _random.Next(4); i > 0 && _count < MaxNodes; i--)
            loop.AddRange(Add(graph, inside, loop));
        foreach (var source in loop.OrderBy(_ => _random.Next()).Take(_random.Next(1, 3)).ToList())
        {
            var node = graph.Find(source);
            var known = graph.Before[source].Append(source).Where(id => !place.Known.Contains(id)).ToList();
            var condition = _nodes.Expressions.Again(inside with { Known = known }, graph);
            graph.Edges.Add(new PlanEdge(source, header, Port(node), condition, _random.Next(3, 8)));
        }
        return loop;
    }

    private IEnumerable<PlanEdge> Edges(Draft graph, string source, PlanNode target, Place place)
    {
        var node = graph.Find(source);
        if (node.OnError is null && _random.Next(20) == 0 && target.Type != "join")
        {
            graph.Replace(node with { OnError = $"goto:{target.Id}" });
            yield break;
        }
        var when = _random.Next(10) == 0 ? _nodes.Expressions.Condition(place with { Known = [.. graph.Before[source]] }, graph.Nodes) : null;
        yield return new PlanEdge(source, target.Id, Port(node), when);
        if (_random.Next(15) == 0)
            yield return new PlanEdge(source, target.Id, Port(node));
    }

    private string? Port(PlanNode node)
    {
        if (node.FailPercent > 0 && _random.Next(4) == 0)
            return PlanEdge.Error;
        if (node is { Type: "waitForEvent", SignalComes: false })
            return _random.Next(4) > 0 ? PlanEdge.Timeout : null;
        if (_random.Next(7) == 0)
            return null;
        return node.Type switch
        {
            "if" => _random.Next(2) == 0 ? "true" : "false",
            "switch" => _random.Next(node.Cases.Length + 1) is var one && one < node.Cases.Length ? node.Cases[one].Port : "default",
            _ => null,
        };
    }

    private List<string> Pick(List<string> candidates, int least)
    {
        if (candidates.Count == 0 || least == 0)
            return [];
        var count = Math.Min(candidates.Count, _random.Next(3) switch { 0 => 2, 1 => 1, _ => _random.Next(1, 4) });
        // Mostly the latest, so that graphs get long as well as wide.
        return [.. Enumerable.Range(0, count).Select(_ => candidates[^(1 + Math.Min(_random.Next(candidates.Count), _random.Next(candidates.Count)))]).Distinct()];
    }
}

/// <summary>Where a node is about to stand.</summary>
/// <param name="Known">The nodes before it, in its graph and around.</param>
/// <param name="IsBody">Whether it is in a body.</param>
/// <param name="HasItem">Whether it is in a forEach.</param>
/// <param name="IsParallel">Whether other items run at the same time.</param>
/// <param name="Depth">How many loops and bodies are around it.</param>
/// <param name="IsLoop">Whether it is in a loop.</param>
/// <param name="IsHeader">Whether a loop begins with it.</param>
internal sealed record Place(IReadOnlyList<string> Known, bool IsBody, bool HasItem, bool IsParallel, int Depth, bool IsLoop = false, bool IsHeader = false);

/// <summary>A graph that grows.</summary>
internal sealed class Draft
{
    public List<PlanNode> Nodes { get; } = [];

    public List<PlanEdge> Edges { get; } = [];

    /// <summary>What comes before each node.</summary>
    public Dictionary<string, IReadOnlyList<string>> Before { get; } = [];

    public PlanNode Find(string id) => Nodes.Find(node => node.Id == id)!;

    public void Replace(PlanNode node) => Nodes[Nodes.FindIndex(other => other.Id == node.Id)] = node;

    public void Add(PlanNode node, IEnumerable<PlanEdge> edges, IReadOnlyList<string> before)
    {
        Nodes.Add(node);
        Edges.AddRange(edges);
        Before.Add(node.Id, before);
    }
}
