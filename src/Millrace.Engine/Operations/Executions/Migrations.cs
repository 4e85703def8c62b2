using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Moves running executions to another version of their workflow, or says which could be moved.</summary>
public sealed class Migrations(WorkflowEngine engine, IStore store, ExecutionHistory history)
{
    /// <summary>The most executions that one command moves.</summary>
    public const int MaxAtOnce = 10_000;

    private const int PageSize = 200;

    private static readonly ImmutableArray<ExecutionStatus> NotEnded =
        [ExecutionStatus.Pending, ExecutionStatus.Running, ExecutionStatus.Waiting, ExecutionStatus.Paused, ExecutionStatus.Compensating];

    /// <summary>
    /// Moves all that were found, each in one commit; or, where one of them is not safe to move, none. A dry run only says what would
    /// happen.
    /// </summary>
    public async ValueTask<Outcome<MigrationReport>> MigrateAsync(Caller caller, MigrateCommand command, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        var (tenant, to, mapping) = (caller.Tenant, command.To, command.Mapping);
        if (await store.ReadWorkflowAsync(tenant, command.WorkflowId, cancellation) is null)
            return new Refusal.NotFound("workflow", command.WorkflowId);
        if (await history.FindGraphAsync(tenant, command.WorkflowId, to, cancellation) is not { } graph)
            return new Refusal.NotFound($"version {to} of workflow", command.WorkflowId);
        if (Check(mapping, graph, to) is { Count: > 0 } problems)
            return new Refusal.Invalid(problems);
        var (entries, isCut) = await PlanAsync(tenant, command, graph, cancellation);
        if (command.IsDryRun)
            return new MigrationReport(to, true, entries, isCut);
        if (entries.Where(entry => entry.Plan.Verdict != MigrationVerdict.Safe).ToList() is { Count: > 0 } unsafeOnes)
            return NotAllSafe(unsafeOnes, entries.Count);
        var message = MapValue.Of(("version", (long)to), ("mapping", mapping));
        foreach (var some in entries.Chunk(100))
            await Task.WhenAll(some.Select(entry => engine.SendAsync(tenant, entry.Id, "migrate", message)));
        return new MigrationReport(to, false, entries, isCut);
    }

    private static List<Problem> Check(MapValue mapping, CompiledGraph graph, int to)
    {
        var problems = new List<Problem>();
        foreach (var entry in mapping.Entries)
        {
            if (!entry.Value.TryGetString(out var node))
                problems.Add(
                    new Problem("/mapping", "wrong_type", "'mapping' maps old node ids to new ones: {\"old\": \"new\"}."));
            else if (graph.Find(node) is null)
                problems.Add(new Problem("/mapping", "wrong_type", $"Version {to} has no node '{node}'."));
        }
        return problems;
    }

    private static Refusal.Conflict NotAllSafe(List<MigrationEntry> unsafeOnes, int count)
    {
        var first = unsafeOnes[0];
        return new Refusal.Conflict(
            "not_all_safe",
            $"{unsafeOnes.Count} of {count} executions cannot be moved, so none were. The first: '{first.Id}': "
                + $"{string.Join(' ', first.Plan.Reasons)} "
                + "A dry run lists them all; 'filter': {\"ids\": [...]} moves only some.");
    }

    private async Task<(IReadOnlyList<MigrationEntry> Entries, bool IsCut)> PlanAsync(
        string tenant, MigrateCommand command, CompiledGraph graph, CancellationToken cancellation)
    {
        var entries = new List<MigrationEntry>();
        string? after = null;
        do
        {
            (var page, after) = await store.ListExecutionsAsync(
                tenant, new ExecutionFilter(command.WorkflowId, NotEnded), new Page(PageSize, after), cancellation);
            foreach (var execution in page.Where(command.IsAbout))
            {
                if (entries.Count == MaxAtOnce)
                    return (entries, true);
                var state = await history.ReadStateAsync(execution, cancellation: cancellation);
                entries.Add(new MigrationEntry(execution.Id, execution.Status, execution.Version, Migration.Plan(state, graph, command.Mapping)));
            }
        }
        while (after is not null);
        return (entries, false);
    }
}

/// <summary>Which executions to move, and where to.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="From">Only those at this version; null: at any other.</param>
/// <param name="To">The version to move to.</param>
/// <param name="Mapping">New ids of nodes by their old ones.</param>
/// <param name="Ids">Only these; null: all.</param>
/// <param name="IsDryRun">Whether nothing is changed.</param>
public sealed record MigrateCommand(string WorkflowId, int? From, int To, MapValue Mapping, IReadOnlyList<string>? Ids, bool IsDryRun)
{
    internal bool IsAbout(ExecutionSummary execution) =>
        execution.Version != To && (From is null || execution.Version == From) && Ids?.Contains(execution.Id, StringComparer.Ordinal) != false;
}

/// <summary>One execution of a migration.</summary>
/// <param name="Id">The execution.</param>
/// <param name="Status">As it is now.</param>
/// <param name="Version">The version it runs.</param>
/// <param name="Plan">Whether and how it can be moved.</param>
public sealed record MigrationEntry(string Id, ExecutionStatus Status, int Version, Migration Plan);

/// <summary>What can be moved; or, without a dry run, what is being moved.</summary>
/// <param name="To">The version to move to.</param>
/// <param name="IsDryRun">Whether nothing was changed.</param>
/// <param name="Entries">The executions.</param>
/// <param name="IsCut">Whether there are more than one command moves.</param>
public sealed record MigrationReport(int To, bool IsDryRun, IReadOnlyList<MigrationEntry> Entries, bool IsCut);
