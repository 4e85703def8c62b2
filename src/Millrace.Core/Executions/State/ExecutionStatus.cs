namespace Millrace.Core.Executions;

/// <summary>Where an execution stands.</summary>
public enum ExecutionStatus
{
    /// <summary>Accepted; nothing has run yet.</summary>
    Pending,
    /// <summary>Running.</summary>
    Running,
    /// <summary>Waiting for time or for a signal.</summary>
    Waiting,
    /// <summary>Stopped by somebody, to be resumed.</summary>
    Paused,
    /// <summary>Undoing what was done.</summary>
    Compensating,
    /// <summary>Completed, with a result.</summary>
    Completed,
    /// <summary>Ended with an error.</summary>
    Failed,
    /// <summary>Cancelled by a request.</summary>
    Cancelled,
}

/// <summary>Where one run of a node stands.</summary>
public enum NodeStatus
{
    /// <summary>Some incoming edges are not decided yet.</summary>
    Pending,
    /// <summary>Running.</summary>
    Running,
    /// <summary>Waiting for time or for a signal.</summary>
    Waiting,
    /// <summary>Failed, and waiting for its next attempt.</summary>
    Retrying,
    /// <summary>May or may not have happened; somebody must say.</summary>
    InDoubt,
    /// <summary>Completed, with a result.</summary>
    Completed,
    /// <summary>Ended with an error.</summary>
    Failed,
    /// <summary>Not run: no way led to it, or its conditions did not hold.</summary>
    Skipped,
    /// <summary>Not finished when the execution ended.</summary>
    Cancelled,
}

/// <summary>The names of statuses as the API writes them.</summary>
public static class StatusNames
{
    private static readonly string[] Executions = ["pending", "running", "waiting", "paused", "compensating", "completed", "failed", "cancelled"];
    private static readonly string[] Nodes = ["pending", "running", "waiting", "retrying", "inDoubt", "completed", "failed", "skipped", "cancelled"];
    private static readonly string[] Effects = ["notStarted", "inDoubt", "confirmed"];

    /// <summary>The API's name of a status.</summary>
    public static string Name(this ExecutionStatus status) => Executions[(int)status];

    /// <summary>The API's name of a status.</summary>
    public static string Name(this NodeStatus status) => Nodes[(int)status];

    /// <summary>The API's name of what is known of an effect.</summary>
    public static string Name(this EffectStanding standing) => Effects[(int)standing];

    /// <summary>The status of a name; null where there is none.</summary>
    public static ExecutionStatus? ParseExecution(string name)
    {
        var index = Array.FindIndex(Executions, known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));
        return index < 0 ? null : (ExecutionStatus)index;
    }

    /// <summary>The status of a name.</summary>
    /// <exception cref="FormatException">There is none of this name.</exception>
    public static NodeStatus ParseNode(string name)
    {
        var index = Array.IndexOf(Nodes, name);
        return index < 0 ? throw new FormatException($"'{name}' is not a status of a node.") : (NodeStatus)index;
    }

    /// <summary>What is known of an effect, by its name.</summary>
    /// <exception cref="FormatException">There is none of this name.</exception>
    public static EffectStanding ParseEffect(string name)
    {
        var index = Array.IndexOf(Effects, name);
        return index < 0 ? throw new FormatException($"'{name}' is not a name of what is known of an effect.") : (EffectStanding)index;
    }

    /// <summary>Whether nothing can follow.</summary>
    public static bool IsTerminal(this ExecutionStatus status) =>
        status is ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled;
}
