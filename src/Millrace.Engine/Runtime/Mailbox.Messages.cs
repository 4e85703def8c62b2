using Millrace.Core.Executions;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Runtime;

// What comes in from outside, through the inbox in the store. A message is taken in once, in the order of the inbox, whoever brings it how
// often.
internal sealed partial class Mailbox
{
    private readonly long _settledBefore;
    // Made with the first: most executions get none.
    private MailboxMessages? _messages;
    // How many reads of the inbox are under way, or have brought messages that were not all handled.
    private int _readings;

    private bool AreMessagesHeld => _messages is { AreHeld: true };

    /// <summary>Says that its inbox is about to be read, and what is there handed over, from the oldest on.</summary>
    public void BeginReading() => Interlocked.Increment(ref _readings);

    /// <summary>Says that all was handed over which that read has brought.</summary>
    public void EndReading(bool hasPosted)
    {
        // Not before what was handed over is handled.
        if (hasPosted)
            Post(InboxRead.Instance);
        else
            Interlocked.Decrement(ref _readings);
    }

    private void LetIn(MessageArrived arrived)
    {
        if (IsLate(arrived))
            return;
        _messages ??= new MailboxMessages(_settledBefore);
        if (_messages.Tracker.IsNew(arrived.Message, arrived.IsRead))
            TakeIn(arrived);
    }

    // What has ended or is being ended takes nothing more in; what was acknowledged stays in the inbox to be seen.
    private bool IsLate(MessageArrived arrived) =>
        arrived.Message.Kind is not MachineMessages.Cancel && (_state.Status.IsTerminal() || _state.IsCancelling);

    private void TakeIn(MessageArrived arrived)
    {
        // A cancel does not wait until the execution has begun: it keeps effects from being started, or started again.
        if (!_hasBegun && arrived.Message.Kind is not MachineMessages.Cancel)
            _messages!.KeepEarly(arrived);
        else if (!_messages!.TryHold(arrived))
            Take(arrived);
        else if (arrived.Failure is not null)
            _host.ReadAgain(this, arrived);
    }

    // A message that could not be read was read at last; or it never will be, and whoever takes the execution in again says so.
    private void GoOnReading(MessageArrived read)
    {
        // What is late is never looked at.
        if (IsLate(read))
            read = read with { Failure = null };
        if (read.Failure is { } failure)
        {
            Abandon();
            _host.Lost(this, outcome: null, isNew: false, failure);
            return;
        }
        _messages!.Read(read);
        while (!_isGone && _messages.TryTakeHeld(out var next))
            Take(next);
    }

    private void Take(MessageArrived arrived)
    {
        if (IsLate(arrived))
            return;
        var message = arrived.Message;
        _messages!.Tracker.Handled(message);
        if (arrived.Values is { } values)
            _values.Learn(values);
        if (MachineMessages.Read(message, arrived.Graph, arrived.Payload) is not { } input)
            return;
        _machine.Handle(input, _host.Now());
        if (input is not CancelInput || _state.Status.IsTerminal())
            return;
        // A cancel stays in the inbox until the execution has ended, so that a crash cannot forget it.
        _messages.Tracker.Keep(message);
        _graceEnds ??= _host.Now() + _host.Options.CancelGrace;
        _effects?.Cancel();
    }
}
