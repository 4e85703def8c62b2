using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>How somebody wants to go on from an execution's past.</summary>
public sealed record ForkRequest
{
    /// <summary>The tenant that the request is for.</summary>
    public required string Tenant { get; init; }

    /// <summary>The id of the execution to fork.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>After which of its events; null: see <see cref="FromNode"/>, else after the last that is not its end.</summary>
    public long? FromSeq { get; init; }

    /// <summary>Before the first run of this node; null: see <see cref="FromSeq"/>.</summary>
    public string? FromNode { get; init; }

    /// <summary>The changes to input, variables, outputs and version.</summary>
    public ForkChanges Changes { get; init; } = new();

    /// <summary>With which version of the workflow; null: the same.</summary>
    public int? Version { get; init; }

    /// <summary>Whether effects in doubt may run again although their nodes say otherwise.</summary>
    public bool Confirm { get; init; }

    /// <summary>The caller's key against doubled forks.</summary>
    public IdempotencyKey? Idempotency { get; init; }
}

/// <summary>What became of a fork or retry. The set is closed.</summary>
public abstract record ForkOutcome
{
    /// <summary>The new execution is durable, and runs.</summary>
    /// <param name="Execution">The new execution.</param>
    /// <param name="Unfinished">Effects that had begun and not ended there: they run again.</param>
    public sealed record Accepted(ExecutionRecord Execution, ImmutableArray<UnfinishedEffect> Unfinished) : ForkOutcome;

    /// <summary>The idempotency key was used before.</summary>
    /// <param name="ExecutionId">What was made then.</param>
    public sealed record Duplicate(string ExecutionId) : ForkOutcome;

    /// <summary>There is no such execution or version.</summary>
    /// <param name="Message">What is missing, as a sentence.</param>
    public sealed record NotFound(string Message) : ForkOutcome;

    /// <summary>It is not in a state for this.</summary>
    /// <param name="Message">The reason, as a sentence.</param>
    public sealed record Illegal(string Message) : ForkOutcome;

    /// <summary>Effects would run again whose nodes do not want that; somebody must agree.</summary>
    /// <param name="Unfinished">The effects that would run again.</param>
    public sealed record NeedsConfirmation(ImmutableArray<UnfinishedEffect> Unfinished) : ForkOutcome;

    /// <summary>What was asked for cannot be.</summary>
    /// <param name="Problems">The problems that prevent it.</param>
    public sealed record Invalid(IReadOnlyList<Problem> Problems) : ForkOutcome;
}
