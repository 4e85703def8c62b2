using Millrace.Core.Values;
using Millrace.Robustness.Tests.Documents;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests.Requests;

/// <summary>What is there before the attack begins, so that there is something to hit.</summary>
/// <param name="Types">The node types, as GET /api/v1/nodes has them.</param>
/// <param name="Runnable">Workflows that may be executed: they reach nothing outside.</param>
/// <param name="Victims">Workflows and executions that anything may be done to.</param>
internal sealed record Subjects(Value Types, IReadOnlyList<string> Runnable, IReadOnlyList<string> Victims)
{
    private const int VictimCount = 20;

    public static async Task<Subjects> CreateAsync(ServerFixture server)
    {
        var types = (await server.GetAsync("/api/v1/nodes")).Body;
        var runnable = new List<string> { await server.CreateAsync(Server.Tests.Documents.With(Server.Tests.Documents.Sum, "\"id\": \"sum\"")) };
        foreach (var type in types.AsList().ToArray())
        {
            if (!IsHarmless(type))
                continue;
            var config = WrongTypes.Sample(type["configSchema"], type["configSchema"], 0);
            var document = WrongTypes.Workflow(type["type"], config).AsMap().With("id", "of-" + type["type"].AsString());
            if ((await server.PostAsync("/api/v1/workflows", ((Value)document).ToJson())).Status == 201)
                runnable.Add("of-" + type["type"].AsString());
        }
        await server.CreateAsync("""{"id": "hook", "name": "Hook", "nodes": [{"id": "in", "type": "webhook", "config": {"path": "hit"}}], "edges": []}""");
        var victims = new List<string>();
        for (var i = 0; i < VictimCount; i++)
        {
            var id = await server.CreateAsync(Server.Tests.Documents.With(i % 2 == 0 ? Server.Tests.Documents.Sum : Server.Tests.Documents.Patient, $"\"id\": \"victim-{i}\""));
            victims.Add(id);
            victims.Add(await server.ExecuteAsync(id, """{"input": {"x": 1}}"""));
        }
        return new Subjects(types, runnable, victims);
    }

    /// <summary>Whether nodes of a type reach nothing outside.</summary>
    public static bool IsHarmless(Value type) => type["kind"].AsString() is "pure" or "wait";
}
