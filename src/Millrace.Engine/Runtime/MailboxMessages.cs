using System.Diagnostics.CodeAnalysis;

namespace Millrace.Engine.Runtime;

/// <summary>
/// The messages that a mailbox was handed: which of them are new, and which have to wait, each in its place among the others.
/// </summary>
/// <param name="settledBefore">See <see cref="MessageTracker"/>.</param>
internal sealed class MailboxMessages(long settledBefore)
{
    private readonly Queue<MessageArrived> _early = new();
    private readonly List<MessageArrived> _held = [];

    /// <summary>Which messages are new, and which are to be removed from the inbox.</summary>
    public MessageTracker Tracker { get; } = new(settledBefore);

    /// <summary>Whether some message could not be read, so that it waits, and others behind it.</summary>
    public bool AreHeld => _held.Count > 0;

    /// <summary>How many messages of those in the inbox have been handed over.</summary>
    public int Known => Tracker.Known + _held.Count;

    /// <summary>Keeps a message until the execution has begun.</summary>
    public void KeepEarly(MessageArrived arrived) => _early.Enqueue(arrived);

    /// <summary>The next message that came before the execution had begun.</summary>
    public bool TryTakeEarly([NotNullWhen(true)] out MessageArrived? arrived) => _early.TryDequeue(out arrived);

    /// <summary>
    /// Whether a message has to wait: it could not be read, or one before it could not. Then it is held. A cancel that can be read waits
    /// for nothing.
    /// </summary>
    public bool TryHold(MessageArrived arrived)
    {
        var hasToWait = arrived.Failure is not null || (AreHeld && arrived.Message.Kind is not MachineMessages.Cancel);
        if (hasToWait)
            _held.Add(arrived);
        return hasToWait;
    }

    /// <summary>A message that is held was read at last.</summary>
    public void Read(MessageArrived arrived) => _held[_held.FindIndex(held => held.Message.Id == arrived.Message.Id)] = arrived;

    /// <summary>The next held message that need not wait any longer.</summary>
    public bool TryTakeHeld([NotNullWhen(true)] out MessageArrived? arrived)
    {
        var index = _held.FindIndex(held => held is { Failure: null, Message.Kind: MachineMessages.Cancel });
        if (index < 0)
            index = _held is [{ Failure: null }, ..] ? 0 : -1;
        arrived = index < 0 ? null : _held[index];
        if (arrived is not null)
            _held.RemoveAt(index);
        return arrived is not null;
    }
}
