using System.Collections.Immutable;
using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>
/// A node run without its values: those stay in the journal, and <see cref="Places"/> says where. Rows are what a list of runs is read
/// from, so that listing some of them does not take all events of an execution.
/// </summary>
/// <param name="Number">Its place in the order in which the execution's runs began, from 1.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Type">The node's type.</param>
/// <param name="Iteration">The iteration path; empty at the top level.</param>
/// <param name="Status">Its status.</param>
/// <param name="Attempt">The current attempt, from 1; 0: none yet.</param>
/// <param name="Port">The port it chose.</param>
/// <param name="Effect">What is known about its effect; null for nodes without effects.</param>
/// <param name="StartedAt">When the current attempt began; null: it never ran.</param>
/// <param name="CompletedAt">When it ended.</param>
/// <param name="DueAt">When a wait or a pause between attempts ends.</param>
/// <param name="Places">Where its events are in the journal.</param>
public sealed record NodeRunRow(
    int Number,
    string NodeId,
    string Type,
    string Iteration,
    NodeStatus Status,
    int Attempt,
    string? Port,
    EffectStanding? Effect,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    DateTimeOffset? DueAt,
    RunPlaces Places);

/// <summary>
/// The seqs of the events that say something of a node run; 0: none does. What a fork has taken over is in its first event.
/// </summary>
/// <param name="First">The `seq` of its first event.</param>
/// <param name="Last">The last event that changed it, be it one of its own or one that ended what it was part of.</param>
/// <param name="Input">The event with its input.</param>
/// <param name="Output">The event with its output.</param>
/// <param name="Error">The event with its error.</param>
/// <param name="Wait">The event with what it waits for.</param>
public readonly record struct RunPlaces(long First, long Last, long Input = 0, long Output = 0, long Error = 0, long Wait = 0)
{
    /// <summary>The most failures that are kept; of more, the last ones.</summary>
    public const int MaxFailures = 20;

    private readonly ImmutableArray<long> _failures;

    /// <summary>The events with the errors of its failed attempts, in their order.</summary>
    public ImmutableArray<long> Failures
    {
        get => _failures.IsDefault ? [] : _failures;
        init => _failures = value;
    }

    /// <summary>The same after another event.</summary>
    public RunPlaces At(long seq) => this with { First = First == 0 ? seq : First, Last = seq };

    /// <summary>The same after an attempt has failed.</summary>
    public RunPlaces Failed(long seq) => this with { Error = seq, Failures = [.. Failures.TakeLast(MaxFailures - 1), seq] };
}

/// <summary>What became of the rows of an execution's node runs.</summary>
/// <param name="Changed">Rows that are new or have changed. Where one occurs twice, the later counts.</param>
/// <param name="Gone">Numbers of runs that are no more: another version of the workflow does not have their nodes.</param>
public sealed record NodeRunChanges(ImmutableArray<NodeRunRow> Changed, ImmutableArray<int> Gone);
