using System.Collections.Concurrent;
using System.Text;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Simulation.Tests.Simulation;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The workflows of a world: random ones, some with limits or a timeout, and the one that all of them run as a child.</summary>
internal sealed class SimulatedWorkflows
{
    /// <summary>What the generator's subworkflow nodes run.</summary>
    public const string Child = "other";

    private const int Plans = 400;
    private static readonly ConcurrentDictionary<int, Plan?> Valid = new();

    private readonly Dictionary<string, SimulatedWorkflow> _byId = new(StringComparer.Ordinal);

    public SimulatedWorkflows(int seed, Random random)
    {
        var count = random.Next(2, 6);
        for (var number = 0; number < count; number++)
            Add($"w{number}", Draw(random, _ => true), random, seed);
        Add(Child, Draw(random, plan => plan.AllNodes().All(node => node.Type != "subworkflow")), random, seed, isChild: true);
    }

    public IEnumerable<SimulatedWorkflow> All => _byId.Values;

    public SimulatedWorkflow Find(string id) => _byId[id];

    private static Plan Draw(Random random, Func<Plan, bool> fits)
    {
        while (true)
        {
            var plan = Valid.GetOrAdd(random.Next(Plans), static number => PlanGenerator.Generate(number) is var plan && Simulate.IsValid(plan) ? plan : null);
            if (plan is not null && fits(plan))
                return plan;
        }
    }

    private void Add(string id, Plan plan, Random random, int seed, bool isChild = false)
    {
        var limit = !isChild && random.Next(3) == 0 ? random.Next(1, 4) : (int?)null;
        var settings = new MapBuilder();
        if (limit is { } most)
            settings.Set("concurrency", (long)most);
        if (!isChild && random.Next(8) == 0)
            settings.Set("rateLimit", MapValue.Of(("limit", (long)random.Next(1, 10)), ("per", "10s")));
        if (random.Next(8) == 0)
            settings.Set("timeout", $"{random.Next(1, 60)}m");
        var document = ValueJson.Parse(PlanDocument.Of(plan)).AsMap().With("id", id).With("settings", settings.Build());
        _byId.Add(id, new SimulatedWorkflow(id, plan, new SimulatedScript(seed, plan), Encoding.UTF8.GetBytes(((Value)document).ToJson()), limit));
    }
}

/// <summary>A workflow of a world.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Plan">What it is made of.</param>
/// <param name="Script">How its effects go.</param>
/// <param name="Document">It as a user would save it.</param>
/// <param name="Limit">How many of its executions may be under way; null: any number.</param>
internal sealed record SimulatedWorkflow(string Id, Plan Plan, Script Script, byte[] Document, int? Limit)
{
    /// <summary>The nodes that wait for a signal which comes.</summary>
    public IReadOnlyList<PlanNode> Signalled { get; } = [.. Plan.AllNodes().Where(node => node is { Type: "waitForEvent", SignalComes: true })];

    /// <summary>The nodes with effects, which may be in doubt.</summary>
    public IReadOnlyList<string> Effects { get; } = [.. Plan.AllNodes().Where(node => node.IsEffect).Select(node => node.Id)];

    /// <summary>How it is stored.</summary>
    public SaveWorkflow Save(DateTimeOffset now) => new(new WorkflowRecord { Tenant = SimulatedWorld.Tenant, Id = Id, Name = Id, IsActive = true, UpdatedAt = now, Document = new JsonText(Document) }) { Concurrency = Limit };
}
