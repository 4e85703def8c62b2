using Millrace.Core.Executions;

namespace Millrace.Engine.Runtime;

// What is due at a time.
internal sealed partial class Mailbox
{
    private ITimer? _timer;
    private DateTimeOffset? _timerDue;
    private DateTimeOffset? _graceEnds;
    // Something was due since the last commit: what came before that, and was acknowledged, is to be handled first.
    private bool _hasTimePassed;

    private void DoWhatIsDue()
    {
        _timerDue = null;
        var now = _host.Now();
        if (_graceEnds <= now)
            _machine.Handle(CancelGraceOverInput.Instance, now);
        // What came before is to be handled first, and cannot be read yet.
        if (AreMessagesHeld)
            return;
        var before = _machine.Events.Count;
        _machine.Handle(TimePassedInput.Instance, now);
        _hasTimePassed |= _machine.Events.Count > before && !_state.IsCancelling;
    }

    private void ArmTimer()
    {
        // What is being cancelled, or waits for a message to be read, does nothing that is due: its timer would fire again and again.
        var due = _state.IsCancelling || AreMessagesHeld ? null : _state.NextDue();
        if (_graceEnds is { } grace && (due is null || grace < due))
            due = grace;
        if (due == _timerDue)
            return;
        _timerDue = due;
        // Looked at again now and then: a timer does not hear of it where the wall clock is set.
        var delay = due is { } at
            ? TimeSpan.FromMilliseconds(Math.Clamp((at - _host.Now()).TotalMilliseconds, 0, _host.Options.PollInterval.TotalMilliseconds))
            : Timeout.InfiniteTimeSpan;
        if (_timer is null)
            _timer = _host.Time.CreateTimer(
                static state => ((Mailbox)state!).Post(TimerFired.Instance), this, delay, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }
}
