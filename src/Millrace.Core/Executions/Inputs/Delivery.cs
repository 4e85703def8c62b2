using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>Something came from outside.</summary>
/// <param name="Delivery">The message.</param>
public sealed record DeliveryInput(Delivery Delivery) : MachineInput;

public sealed partial class Machine
{
    private void Deliver(Delivery delivery)
    {
        if (_state.IsCancelling)
            return;
        var isSignal = string.Equals(delivery.Kind, Delivery.Signal, StringComparison.Ordinal);
        if (isSignal || _state.Status == ExecutionStatus.Paused)
        {
            Emit(new SignalReceived(delivery));
            if (_state.Status != ExecutionStatus.Paused)
                DeliverReceived(_state.Buffered.Signals(delivery.Name));
            return;
        }
        foreach (var run in _state.WaitsFor(delivery))
        {
            if (OutcomeFor(run, delivery) is not { } outcome)
                continue;
            Settle(run.Frame, run.Node, Math.Max(run.Attempt, 1), outcome);
            return;
        }
        // The answer may be faster than the word that somebody waits for it; and who is in doubt may be told to ask again.
        if (IsAhead(delivery) || IsExpected(delivery))
            Emit(new SignalReceived(delivery));
        else
            Emit(
                new LogWritten(
                    new LogLine(
                        "warn",
                        $"A message ({delivery.Kind}) for node '{delivery.NodeId}' came too late: nothing waits for it any more."),
                    delivery.NodeId,
                    delivery.Iteration ?? ""));
    }

    /// <summary>Whether something from outside would be taken at once by a wait that is open, and not be kept for later.</summary>
    /// <param name="delivery">The message that would arrive.</param>
    /// <param name="now">The current time.</param>
    public bool WouldTake(Delivery delivery, DateTimeOffset now)
    {
        _now = now;
        _scope.Now = now;
        return !IsHeld && _state.WaitsFor(delivery).Any(run => OutcomeFor(run, delivery) is not null);
    }

    // Whoever got the address of a callback beforehand may call before its node's turn, or between two of its attempts.
    private bool IsAhead(Delivery delivery) => string.Equals(delivery.Kind, Delivery.Callback, StringComparison.Ordinal)
        && _state.Graph.Find(delivery.NodeId ?? "") is { } node && _state.FindRun(node, delivery.Iteration ?? "") is null or { IsActive: true };

    private bool IsExpected(Delivery delivery)
    {
        if (_state.Graph.Find(delivery.NodeId ?? "") is not { } node)
            return false;
        return delivery.Iteration is { } iteration
            ? IsUnderWay(_state.FindRun(node, iteration))
            : _state.Runs().Any(run => ReferenceEquals(run.Node, node) && IsUnderWay(run));
    }

    private static bool IsUnderWay(NodeRun? run) => run is { IsEffectRunning: true } or { Status: NodeStatus.InDoubt };

    /// <summary>Gives what came earlier to those who wait for it.</summary>
    private void DeliverReceived(IEnumerable<long> seqs)
    {
        foreach (var seq in seqs)
        {
            // What one of them ends may take others.
            if (_state.Status.IsTerminal() || !_state.Received.TryGetValue(seq, out var delivery))
                continue;
            foreach (var run in _state.WaitsFor(delivery))
            {
                if (Take(run, seq, delivery))
                    break;
            }
        }
    }

    private void DeliverReceived(NodeRun run)
    {
        if (_state.Received.Count == 0 || IsHeld)
            return;
        foreach (var seq in _state.Buffered.For(run))
        {
            if (Take(run, seq, _state.Received[seq]))
                return;
        }
    }

    private bool Take(NodeRun run, long seq, Delivery delivery)
    {
        if (OutcomeFor(run, delivery) is not { } outcome)
            return false;
        _signal = seq;
        Settle(run.Frame, run.Node, Math.Max(run.Attempt, 1), outcome);
        return true;
    }

    /// <summary>How a message ends a wait; null: it is not meant for it.</summary>
    private NodeOutcome? OutcomeFor(NodeRun run, Delivery delivery)
    {
        if (run is not { Status: NodeStatus.Waiting, Wait: { } wait } || !IsMeantFor(run, delivery))
            return null;
        if (run.Node.Logic is WaitLogic logic)
            return logic.OnMessage(Context(run.Frame, run.Node), wait, delivery);
        // The child's id, or the attempt whose address was called.
        if (delivery.Name is not null && !string.Equals(delivery.Name, wait.Name, StringComparison.Ordinal))
            return null;
        if (string.Equals(delivery.Kind, Delivery.Task, StringComparison.Ordinal))
            return string.Equals(wait.Kind, NodeWait.Task, StringComparison.Ordinal) ? TaskAnswer.Read(delivery.Payload) : null;
        if (!string.Equals(delivery.Kind, Delivery.Callback, StringComparison.Ordinal))
            return NodeOutcome.FromMessage(delivery.Payload);
        return run.Node.Logic is EffectLogic effect && string.Equals(wait.Kind, NodeWait.Callback, StringComparison.Ordinal) ? effect.OnCallback(wait, delivery.Payload) : null;
    }

    private static bool IsMeantFor(NodeRun run, Delivery delivery) => delivery.NodeId is null
        ? run.Wait is { Kind: Delivery.Signal } wait && string.Equals(wait.Name, delivery.Name, StringComparison.Ordinal)
        : string.Equals(run.Node.Id, delivery.NodeId, StringComparison.Ordinal) && (delivery.Iteration is null || string.Equals(run.Iteration, delivery.Iteration, StringComparison.Ordinal));
}
