using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workers;

namespace Millrace.Engine.Operations.Nodes;

/// <summary>The node types that workflows of a tenant may use, and one node run alone.</summary>
public sealed class NodeTypeOperations(WorkerTypes types, NodeTrial trial)
{
    /// <summary>A page of node types, by name.</summary>
    public async ValueTask<Outcome<Listed<NodeTypeDescription>>> ListAsync(Caller caller, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewWorkflows) is { } forbidden)
            return forbidden;
        return Listing.Of(
            (await types.OfAsync(caller.Tenant, cancellation)).All, page, type => type.Type, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>A node type, by its name or an alias of it.</summary>
    public async ValueTask<Outcome<NodeTypeDescription>> ReadAsync(Caller caller, string name, CancellationToken cancellation) =>
        caller.Refuse(Permission.ViewWorkflows) is { } forbidden ? forbidden : await FindAsync(caller, name, cancellation);

    /// <summary>
    /// Runs a node of a type as an execution would, and stores nothing. What it calls or writes, it really calls or writes.
    /// </summary>
    public async ValueTask<Outcome<Trial>> TryAsync(Caller caller, string name, TrialRequest request, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        return (await FindAsync(caller, name, cancellation)).IsDone(out var type, out var refusal)
            ? await trial.RunAsync(caller.Tenant, type, request, cancellation)
            : refusal;
    }

    private async ValueTask<Outcome<NodeTypeDescription>> FindAsync(Caller caller, string name, CancellationToken cancellation)
    {
        var known = await types.OfAsync(caller.Tenant, cancellation);
        if (known.Find(name) is { } type)
            return type;
        var hint = ClosestName.Hint(name, known.All.Select(one => one.Type));
        return new Refusal.NotFound($"There is no node type '{name}'{(hint.Length > 0 ? hint : ".")}");
    }
}
