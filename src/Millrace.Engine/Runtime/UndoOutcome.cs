namespace Millrace.Engine.Runtime;

/// <summary>What became of the wish to undo an execution. The set is closed.</summary>
public abstract record UndoOutcome
{
    /// <summary>An execution of its own undoes it; its end is told to the node that asked.</summary>
    /// <param name="ExecutionId">The id of that execution.</param>
    public sealed record Started(string ExecutionId) : UndoOutcome;

    /// <summary>There was nothing to undo, or it is undone already.</summary>
    public sealed record Done : UndoOutcome;

    /// <summary>It cannot be undone.</summary>
    /// <param name="Type">A stable identifier, such as http or timeout.</param>
    /// <param name="Message">The reason, as a sentence.</param>
    public sealed record Refused(string Type, string Message) : UndoOutcome;
}
