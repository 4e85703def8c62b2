using Millrace.Cli.Output;
using Millrace.Core.Graphs;

namespace Millrace.Cli.Running;

/// <summary>Where one node stands, as far as its events say.</summary>
internal sealed class NodeRow(string id, string type)
{
    public string Id => id;

    public string Type => type;

    /// <summary>As the API names it.</summary>
    public string Status { get; set; } = "pending";

    public DateTimeOffset StartedAt { get; set; }

    /// <summary>How long the last run took; null: it has not ended.</summary>
    public TimeSpan? Duration { get; set; }

    /// <summary>How often it ended: more than once in a loop.</summary>
    public int Runs { get; set; }

    /// <summary>What there is to say about it.</summary>
    public string Note { get; set; } = "";

    public bool IsActive => Status is "running" or "waiting" or "retrying" or "inDoubt";

    public bool HasEnded => Status is "completed" or "failed" or "skipped" or "cancelled";
}

/// <summary>A fold of an execution's events: a row for each node, in authored order.</summary>
internal sealed class NodeRows
{
    private readonly Dictionary<string, NodeRow> _byId = new(StringComparer.Ordinal);
    private readonly List<NodeRow> _rows = [];

    public NodeRows(IEnumerable<GraphNode> nodes)
    {
        foreach (var node in nodes)
            Add(node.Id, node.Type.Type);
    }

    public IReadOnlyList<NodeRow> All => _rows;

    /// <summary>The execution's own status.</summary>
    public string Status { get; private set; } = "running";

    /// <summary>What there is to say about how it ended.</summary>
    public string Note { get; private set; } = "";

    public DateTimeOffset StartedAt { get; private set; }

    public TimeSpan? Duration { get; private set; }

    public void Apply(ShownEvent e)
    {
        if (e.NodeId is { } id && e.Type.StartsWith("node_", StringComparison.Ordinal))
        {
            // The nodes of a body come to light when they run.
            if (!_byId.TryGetValue(id, out var row))
                row = Add(id, ShownEvent.TextOf(e.Data["nodeType"]) ?? "");
            Apply(row, e);
            return;
        }
        switch (e.Type)
        {
            case "workflow_started": StartedAt = e.Time; break;
            case "workflow_completed": End("completed", e); break;
            case "workflow_failed": End("failed", e); break;
            case "workflow_cancelled": End("cancelled", e); break;
        }
    }

    private static void Apply(NodeRow row, ShownEvent e)
    {
        switch (e.Type)
        {
            case "node_started":
                (row.Status, row.StartedAt, row.Duration) = ("running", e.Time, null);
                row.Note = e.Data["attempt"].TryGetInt(out var attempt) && attempt > 1 ? $"attempt {attempt}" : "";
                break;
            case "node_completed": End(row, "completed", ShownEvent.TextOf(e.Data["port"]) is { } port ? $"took {port}" : "", e); break;
            case "node_failed": End(row, "failed", EventLines.Message(e.Data["error"]), e); break;
            case "node_skipped": (row.Status, row.Note) = ("skipped", EventLines.SkipReason(ShownEvent.TextOf(e.Data["reason"]))); break;
            case "node_waiting": (row.Status, row.Note, row.StartedAt, row.Duration) = ("waiting", EventLines.Describe(e), e.Time, null); break;
            case "node_retrying": (row.Status, row.Note) = ("retrying", EventLines.Describe(e)); break;
            case "node_in_doubt": (row.Status, row.Note) = ("inDoubt", EventLines.Describe(e)); break;
        }
    }

    private static void End(NodeRow row, string status, string note, ShownEvent e)
    {
        (row.Status, row.Note) = (status, note);
        row.Duration = e.Data["duration"].TryGetInt(out var milliseconds) ? TimeSpan.FromMilliseconds(milliseconds) : TimeSpan.Zero;
        row.Runs++;
    }

    private void End(string status, ShownEvent e)
    {
        Status = status;
        Duration = e.Time - StartedAt;
        Note = status switch
        {
            "failed" => EventLines.Message(e.Data["error"]),
            "cancelled" => ShownEvent.TextOf(e.Data["reason"]) ?? "",
            _ => "",
        };
        foreach (var row in _rows.Where(row => row.IsActive))
            (row.Status, row.Note) = ("cancelled", "");
    }

    private NodeRow Add(string id, string type)
    {
        var row = new NodeRow(id, type);
        _byId.Add(id, row);
        _rows.Add(row);
        return row;
    }
}
