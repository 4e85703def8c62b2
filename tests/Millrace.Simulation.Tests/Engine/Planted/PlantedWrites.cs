using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>P3: whoever commits is taken for the owner.</summary>
internal sealed class FencelessStore(IStore inner) : PlantedStore(inner)
{
    protected override Write Change(Write write) =>
        write is AdvanceExecution advance && Find(advance.Tenant, advance.ExecutionId) is { Owner: > 0 and var owner } && owner != advance.Owner
            ? advance.With(owner: owner)
            : write;
}

/// <summary>P1: messages are acknowledged, and written with the next batch only.</summary>
internal sealed class HastyInboxStore(IStore inner) : PlantedStore(inner)
{
    private readonly List<Write> _held = [];

    protected override void WriteOne(Write write)
    {
        foreach (var held in _held)
            Inner.Write([held]);
        _held.Clear();
        if (write is AppendInbox append && Find(append.Tenant, append.ExecutionId)?.Status.IsTerminal() == false)
        {
            append.Outcome = WriteOutcome.Done;
            _held.Add(append);
        }
        else
        {
            Inner.Write([write]);
        }
    }
}

/// <summary>P2: a commit is said to be durable, so that its effects start, and is written with the next one only.</summary>
internal sealed class HastyCommitStore(IStore inner) : PlantedStore(inner)
{
    private readonly List<Write> _held = [];

    protected override void WriteOne(Write write)
    {
        foreach (var held in _held)
            Inner.Write([held]);
        _held.Clear();
        if (write is AdvanceExecution { NewOwner: > 0 } advance)
        {
            advance.Outcome = WriteOutcome.Done;
            // The engine uses its buffer again.
            _held.Add(advance.Entry is { } entry ? advance.With(entry: entry with { Events = new JsonText(entry.Events.Utf8.ToArray()) }) : advance);
        }
        else
        {
            Inner.Write([write]);
        }
    }
}

/// <summary>P1: now and then a commit is said to be done that was not.</summary>
internal sealed class ForgetfulStore(IStore inner) : PlantedStore(inner)
{
    private int _count;

    protected override void WriteOne(Write write)
    {
        if (write is AdvanceExecution && ++_count % 40 == 0)
            write.Outcome = WriteOutcome.Done;
        else
            Inner.Write([write]);
    }
}

/// <summary>Of the messages that a commit has handled, one stays in the inbox.</summary>
internal sealed class RepeatingInboxStore(IStore inner) : PlantedStore(inner)
{
    protected override Write Change(Write write) => write is AdvanceExecution { ConsumedMessages: [.., _] consumed } advance ? advance.With(consumed: consumed[..^1]) : write;
}

/// <summary>P5: the end is written twice.</summary>
internal sealed class EndsTwiceStore(IStore inner) : PlantedStore(inner)
{
    protected override Write Change(Write write) => write is AdvanceExecution { Entry: { } entry } advance && advance.Status.IsTerminal() ? advance.With(entry: Doubled(entry)) : write;

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
    protected override Write Change(Write write) => write is AdvanceExecution { Entry: { } entry } advance && advance.Status.IsTerminal()
        ? advance.With(entry: Rewritten(entry, text => text.Replace(Seq(entry.LastSeq), Seq(entry.LastSeq + 1), StringComparison.Ordinal)))
        : write;

    private static string Seq(long seq) => string.Create(CultureInfo.InvariantCulture, $"{{\"seq\":{seq},");
}

/// <summary>When what sleeps wants to wake is not written.</summary>
internal sealed class NeverWakesStore(IStore inner) : PlantedStore(inner)
{
    protected override Write Change(Write write) => write is AdvanceExecution { WakeAt: not null } advance ? advance.With(keepsWakeTime: false) : write;
}

/// <summary>Messages of a kind, from one execution to another, are lost.</summary>
internal sealed class LosesMessagesStore(IStore inner, string kind) : PlantedStore(inner)
{
    protected override Write Change(Write write) =>
        write is AdvanceExecution advance && advance.Messages.Any(message => message.Kind == kind) ? advance.With(messages: [.. advance.Messages.Where(message => message.Kind != kind)]) : write;
}

/// <summary>Each execution that ends keeps its slot for ever: there is one fewer for the others.</summary>
internal sealed class KeepsSlotsStore(IStore inner) : PlantedStore(inner)
{
    private readonly Dictionary<string, IReadOnlyList<SlotLimit>> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<LimitScope, int> _kept = [];

    protected override Write Change(Write write)
    {
        if (write is AdvanceExecution advance && advance.Status.IsTerminal() && _slots.Remove(advance.ExecutionId, out var slots))
        {
            foreach (var slot in slots)
                _kept[slot.Scope] = _kept.GetValueOrDefault(slot.Scope) + 1;
        }
        if (write is not CreateExecution { Admission: { } admission } create)
            return write;
        _slots[create.Execution.Id] = admission.Slots;
        return create.With(admission with { Slots = [.. admission.Slots.Select(slot => slot with { Limit = Math.Max(0, slot.Limit - _kept.GetValueOrDefault(slot.Scope)) })] }, create.Idempotency);
    }
}

/// <summary>Limits are not looked at.</summary>
internal sealed class LimitlessStore(IStore inner) : PlantedStore(inner)
{
    protected override Write Change(Write write) => write is CreateExecution { Admission: not null } create ? create.With(admission: null, create.Idempotency) : write;
}

/// <summary>Keys against doubled starts are not looked at.</summary>
internal sealed class KeylessStore(IStore inner) : PlantedStore(inner)
{
    protected override Write Change(Write write) => write is CreateExecution { Idempotency: not null } create ? create.With(create.Admission, key: null) : write;
}

/// <summary>Now and then an execution is claimed, and nobody is told.</summary>
internal sealed class ClaimsForNobodyStore(IStore inner) : PlantedStore(inner)
{
    private int _count;

    protected override void WriteOne(Write write)
    {
        base.WriteOne(write);
        if (write is ClaimExecutions { Claimed: [_, ..] claimed } claim && ++_count % 7 == 0)
            claim.Claimed = [.. claimed.Skip(1)];
    }
}
