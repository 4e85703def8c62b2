using System.Net;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests.Processes;

namespace Millrace.Tests.Served;

/// <summary>A workflow of the simulation, as a document at a real server.</summary>
internal sealed class ServedWorkflow
{
    // What is fixed by the order of things would only make the tests slow.
    private static readonly TimeSpan Second = TimeSpan.FromMilliseconds(250);

    /// <param name="name">What to call it where something is wrong.</param>
    /// <param name="plan">What it does.</param>
    /// <param name="witness">Where its effects call.</param>
    public ServedWorkflow(string name, Plan plan, Uri witness)
    {
        (Name, Plan) = (name, plan);
        Document = PlanDocument.Of(plan, node => CalledScript.Effect(node, witness), Second);
        IsValid = MachineRun.Problems(Document).TrueForAll(problem => problem.Severity != Severity.Error);
        if (IsValid)
            Graph = MachineRun.Of(Document).Graph;
    }

    public string Name { get; }

    public Plan Plan { get; }

    public string Document { get; }

    /// <summary>Whether it can run. If not, no server takes it.</summary>
    public bool IsValid { get; }

    public CompiledGraph Graph { get; } = null!;

    public string Id { get; private set; } = "";

    /// <summary>Saves it; sees that what cannot run is refused.</summary>
    public async Task SaveAsync(ServerProcess server)
    {
        var (status, body) = await server.PostAsync("api/v1/workflows", Document);
        Assert.True(status == (IsValid ? HttpStatusCode.Created : HttpStatusCode.UnprocessableEntity), $"{Name}: {status} {body}");
        if (IsValid)
            Id = body.GetProperty("id").GetString()!;
    }

    /// <summary>Saves the workflows that children run.</summary>
    public static async Task SaveChildrenAsync(ServerProcess server)
    {
        foreach (var child in CalledScript.Children)
            Assert.Equal(HttpStatusCode.Created, (await server.PostAsync("api/v1/workflows", child)).Status);
    }
}
