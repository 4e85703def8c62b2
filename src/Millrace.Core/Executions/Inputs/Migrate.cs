using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Somebody wants it to go on with another version of its workflow.</summary>
/// <param name="Graph">The compiled graph of that version.</param>
/// <param name="Version">Its number.</param>
/// <param name="Mapping">The new id of each renamed node, by its old id.</param>
public sealed record MigrateInput(CompiledGraph Graph, int Version, MapValue Mapping) : MachineInput;

public sealed partial class Machine
{
    private void Migrate(MigrateInput input)
    {
        var migration = Migration.Plan(_state, input.Graph, input.Mapping);
        if (migration.Verdict != MigrationVerdict.Safe)
        {
            Emit(new LogWritten(new LogLine("warn", $"It was not moved to version {input.Version}: {string.Join(' ', migration.Reasons)}"), null, ""));
            return;
        }
        var wasPaused = _state.Status == ExecutionStatus.Paused;
        Emit(new WorkflowMigrated(input.Graph, input.Version, migration.State));
        if (!wasPaused)
            FindReady();
    }

    /// <summary>A node as the state's graph has it: an effect may have begun under an earlier version.</summary>
    private GraphNode? Current(GraphNode node) =>
        node.Index < _state.Graph.Nodes.Length && ReferenceEquals(_state.Graph.Nodes[node.Index], node) ? node : _state.Graph.Find(node.Id);
}
