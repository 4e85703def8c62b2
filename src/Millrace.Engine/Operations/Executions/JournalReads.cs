using Millrace.Core.Executions;
using Millrace.Engine.History;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Reads what an execution has journaled: its events, and its log.</summary>
public sealed class JournalReads(ExecutionReads executions, JournalReader journal)
{
    /// <summary>A page of the events of an execution.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">The execution.</param>
    /// <param name="after">The seq of the event before the page; 0: from the first.</param>
    /// <param name="limit">How many events at most.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<Outcome<ReadEvents>> ReadAsync(
        Caller caller, string id, long after, int limit, CancellationToken cancellation) =>
        (await executions.FindAsync(caller, id, cancellation)).IsDone(out var execution, out var refusal)
            ? new ReadEvents(execution, await journal.ReadAsync(execution, after, limit, cancellation))
            : refusal;

    /// <summary>
    /// A page of the log of an execution: what its nodes wrote, and what the engine has to say, in the order of the journal.
    /// </summary>
    /// <inheritdoc cref="ReadAsync"/>
    public async ValueTask<Outcome<JournalPage<ExecutionLogLine>>> ReadLogAsync(
        Caller caller, string id, long after, int limit, LogFilter filter, CancellationToken cancellation) =>
        (await executions.FindAsync(caller, id, cancellation)).IsDone(out var execution, out var refusal)
            ? await journal.ReadLogAsync(execution, after, limit, filter, cancellation)
            : refusal;
}

/// <summary>Events of an execution.</summary>
/// <param name="Execution">The execution.</param>
/// <param name="Page">The events.</param>
public sealed record ReadEvents(ExecutionSummary Execution, JournalPage<JournaledEvent> Page);
