using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>P3: whoever commits is taken for the owner.</summary>
internal sealed class FencelessStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) =>
        mutation is AdvanceExecution advance && Find(advance.Tenant, advance.ExecutionId) is { Owner: > 0 and var owner } && owner != advance.Owner
            ? advance.With(owner: owner)
            : mutation;
}

/// <summary>P1: messages are acknowledged, and written with the next batch only.</summary>
internal sealed class HastyInboxStore(IStore inner) : PlantedStore(inner)
{
    private readonly List<Mutation> _held = [];
    private long _lastHeld = 1L << 40;

    protected override CommitResult WriteOne(Mutation mutation)
    {
        foreach (var held in _held)
            Inner.Write(held);
        _held.Clear();
        if (mutation is AppendInbox append && Find(append.Tenant, append.ExecutionId)?.Status.IsTerminal() == false)
        {
            _held.Add(append);
            return new CommitResult.Appended(++_lastHeld);
        }
        return Inner.Write(mutation);
    }
}

/// <summary>P2: a commit is said to be durable, so that its effects start, and is written with the next one only.</summary>
internal class HastyCommitStore(IStore inner) : PlantedStore(inner)
{
    private readonly List<Mutation> _held = [];

    protected override CommitResult WriteOne(Mutation mutation)
    {
        foreach (var held in _held)
            Inner.Write(held);
        _held.Clear();
        if (mutation is AdvanceExecution { NewOwner: > 0 } advance && IsHasty(advance))
        {
            // The engine uses its buffer again.
            _held.Add(advance.Entry is { } entry ? advance.With(entry: entry with { Events = new JsonText(entry.Events.Utf8.ToArray()) }) : advance);
            return CommitResult.Done;
        }
        return Inner.Write(mutation);
    }

    protected virtual bool IsHasty(AdvanceExecution advance) => true;
}

/// <summary>P2 inside effects: so is a commit with a step.</summary>
internal sealed class HastyStepStore(IStore inner) : HastyCommitStore(inner)
{
    protected override bool IsHasty(AdvanceExecution advance) => advance.Entry is { } entry && entry.Events.Utf8.Span.IndexOf("\"step_completed\""u8) >= 0;
}

/// <summary>P1: now and then a commit is said to be done that was not.</summary>
internal sealed class ForgetfulStore(IStore inner) : PlantedStore(inner)
{
    private int _count;

    protected override CommitResult WriteOne(Mutation mutation) =>
        mutation is AdvanceExecution && ++_count % 40 == 0 ? CommitResult.Done : Inner.Write(mutation);
}

/// <summary>Of the messages that a commit has handled, one stays in the inbox.</summary>
internal sealed class RepeatingInboxStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) => mutation is AdvanceExecution { ConsumedMessages: [.., _] consumed } advance ? advance.With(consumed: consumed[..^1]) : mutation;
}

/// <summary>P5: the end is written twice.</summary>
internal sealed class EndsTwiceStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) => mutation is AdvanceExecution { Entry: { } entry } advance && advance.Status.IsTerminal() ? advance.With(entry: Doubled(entry)) : mutation;

    private static JournalEntry Doubled(JournalEntry entry) => Rewritten(entry, text =>
    {
        var events = JsonNode.Parse(text)!.AsArray();
        var again = events[^1]!.DeepClone();
        again["seq"] = entry.LastSeq + 1;
        events.Add(again);
        return events.ToJsonString();
    }) with { LastSeq = entry.LastSeq + 1 };
}

/// <summary>P4: a number is left out.</summary>
internal sealed class SkipsSeqStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) => mutation is AdvanceExecution { Entry: { } entry } advance && advance.Status.IsTerminal()
        ? advance.With(entry: Rewritten(entry, text => text.Replace(Seq(entry.LastSeq), Seq(entry.LastSeq + 1), StringComparison.Ordinal)))
        : mutation;

    private static string Seq(long seq) => string.Create(CultureInfo.InvariantCulture, $"{{\"seq\":{seq},");
}

/// <summary>When what sleeps wants to wake is not written.</summary>
internal sealed class NeverWakesStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) => mutation is AdvanceExecution { WakeAt: not null } advance ? advance.With(keepsWakeTime: false) : mutation;
}

/// <summary>Messages of a kind, from one execution to another, are lost.</summary>
internal sealed class LosesMessagesStore(IStore inner, string kind) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) =>
        mutation is AdvanceExecution advance && advance.Messages.Any(message => message.Kind == kind) ? advance.With(messages: [.. advance.Messages.Where(message => message.Kind != kind)]) : mutation;
}

/// <summary>Each execution that ends keeps its slot for ever: there is one fewer for the others.</summary>
internal sealed class KeepsSlotsStore(IStore inner) : PlantedStore(inner)
{
    private readonly Dictionary<string, IReadOnlyList<SlotLimit>> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<LimitScope, int> _kept = [];

    protected override Mutation Change(Mutation mutation)
    {
        if (mutation is AdvanceExecution advance && advance.Status.IsTerminal() && _slots.Remove(advance.ExecutionId, out var slots))
        {
            foreach (var slot in slots)
                _kept[slot.Scope] = _kept.GetValueOrDefault(slot.Scope) + 1;
        }
        if (mutation is not CreateExecution { Admission: { } admission } create)
            return mutation;
        _slots[create.Execution.Id] = admission.Slots;
        return create.With(admission with { Slots = [.. admission.Slots.Select(slot => slot with { Limit = Math.Max(0, slot.Limit - _kept.GetValueOrDefault(slot.Scope)) })] }, create.Idempotency);
    }
}

/// <summary>Limits are not looked at.</summary>
internal sealed class LimitlessStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) => mutation is CreateExecution { Admission: not null } create ? create.With(admission: null, create.Idempotency) : mutation;
}

/// <summary>Keys against doubled starts are not looked at.</summary>
internal sealed class KeylessStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) => mutation is CreateExecution { Idempotency: not null } create ? create.With(create.Admission, key: null) : mutation;
}

/// <summary>Now and then an execution is claimed, and nobody is told.</summary>
internal sealed class ClaimsForNobodyStore(IStore inner) : PlantedStore(inner)
{
    private int _count;

    protected override CommitResult WriteOne(Mutation mutation) => base.WriteOne(mutation) is var result
        && result is CommitResult.Claimed { Executions: [_, ..] executions } claimed && ++_count % 7 == 0 ? claimed with { Executions = [.. executions.Skip(1)] } : result;
}

/// <summary>Some changes of the list of node runs are not written.</summary>
internal sealed class ForgetsRunsStore(IStore inner) : PlantedStore(inner)
{
    private int _count;

    protected override Mutation Change(Mutation mutation) =>
        mutation is AdvanceExecution { Runs: not null } advance && ++_count % 10 == 0 ? advance.With(keepsRuns: false) : mutation;
}
