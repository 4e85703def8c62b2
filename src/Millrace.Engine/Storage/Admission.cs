using System.Collections.Immutable;

namespace Millrace.Engine.Storage;

/// <summary>
/// What a start needs before it may happen. Rates come first; then the slots are taken in their order, and those taken are kept while
/// the next is waited for. As all go in the same order, from the narrowest to the widest, nobody waits for a slot of somebody who waits for his.
/// </summary>
/// <param name="Slots">What it holds from its start to its end.</param>
/// <param name="Rates">How often such starts may happen.</param>
/// <param name="Pending">The execution as it is stored where it may not start yet: pending, without events, with its request.</param>
public sealed record Admission(ImmutableArray<SlotLimit> Slots, ImmutableArray<StartRate> Rates, ExecutionRecord Pending);

/// <summary>Whose limit it is, in its tenant.</summary>
/// <param name="WorkflowId">The workflow's; null: the whole tenant's.</param>
/// <param name="Key">The key that it counts by; "": all executions together.</param>
public readonly record struct LimitScope(string? WorkflowId, string Key)
{
    /// <summary>WORKFLOW/KEY; a workflow's id has no '/'.</summary>
    public override string ToString() => $"{WorkflowId}/{Key}";

    /// <summary>Reads what <see cref="ToString"/> gives.</summary>
    public static LimitScope Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var workflow = slash < 0 ? text : text[..slash];
        return new(workflow.Length == 0 ? null : workflow, slash < 0 ? "" : text[(slash + 1)..]);
    }
}

/// <summary>How many executions may hold a slot at once.</summary>
/// <param name="Scope">The workflow, tenant or key whose slot is needed.</param>
/// <param name="Limit">How many; at least 1. What was said last holds for all.</param>
public readonly record struct SlotLimit(LimitScope Scope, int Limit);

/// <summary>How often executions may start: a bucket of <paramref name="Burst"/> that fills up evenly, by <paramref name="Limit"/> in each <paramref name="Per"/>.</summary>
/// <param name="Scope">The workflow, tenant or key whose starts are limited.</param>
/// <param name="Limit">How many; at least 1.</param>
/// <param name="Per">The span of time, longer than nothing.</param>
/// <param name="Burst">How many at once after a quiet time; 1 to <paramref name="Limit"/>.</param>
public readonly record struct StartRate(LimitScope Scope, int Limit, TimeSpan Per, int Burst);

/// <summary>Why an execution may not start yet. The set is closed.</summary>
/// <param name="Scope">The limit that holds it back.</param>
/// <param name="Limit">How many it allows.</param>
public abstract record PendingReason(LimitScope Scope, int Limit)
{
    /// <summary>Others hold all slots, or wait before it.</summary>
    public sealed record Concurrency(LimitScope Scope, int Limit) : PendingReason(Scope, Limit);

    /// <summary>Too many started before it.</summary>
    /// <param name="Scope">The limit that holds it back.</param>
    /// <param name="Limit">How many it allows.</param>
    /// <param name="Until">When it may start.</param>
    public sealed record Rate(LimitScope Scope, int Limit, DateTimeOffset Until) : PendingReason(Scope, Limit);
}

/// <summary>A limit of concurrency that is in use.</summary>
/// <param name="Scope">What the limit applies to.</param>
/// <param name="Limit">How many slots there are; null: it has been lifted.</param>
/// <param name="InUse">How many are held.</param>
/// <param name="Waiting">How many executions wait for one.</param>
public sealed record LimitUse(LimitScope Scope, int? Limit, int InUse, int Waiting);
