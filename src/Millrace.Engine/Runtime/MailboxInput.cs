using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Effects;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>What a mailbox can be handed. The set is closed.</summary>
internal abstract record MailboxInput;

/// <summary>The execution begins, or goes on after it was folded from the store.</summary>
internal sealed record ExecutionBegins(MachineInput Input) : MailboxInput;

/// <summary>An effect ended.</summary>
internal sealed record EffectEnded(RunningEffect Effect, EffectFinishedInput Input) : MailboxInput;

/// <summary>An effect may leave for the world, once that is recorded.</summary>
internal sealed record EffectLeaves(RunningEffect Effect) : MailboxInput;

/// <summary>A step inside an effect ended; its effect waits until that is durable.</summary>
internal sealed record StepEnded(StepRecording Recording) : MailboxInput;

/// <summary>A timer is due.</summary>
internal sealed record TimerFired : MailboxInput
{
    public static readonly TimerFired Instance = new();
}

/// <summary>The engine is stopping.</summary>
internal sealed record StopRequested : MailboxInput
{
    public static readonly StopRequested Instance = new();
}

/// <summary>What a read of the inbox has brought was all handed over before this.</summary>
internal sealed record InboxRead : MailboxInput
{
    public static readonly InboxRead Instance = new();
}

/// <summary>A message was left in the inbox.</summary>
/// <param name="Message">The message.</param>
/// <param name="Graph">The version of the workflow that it speaks of; null: none.</param>
/// <param name="IsRead">Whether it was read from the inbox, and not told by whoever left it there.</param>
internal sealed record MessageArrived(InboxMessage Message, CompiledGraph? Graph, bool IsRead) : MailboxInput
{
    /// <summary>What it says.</summary>
    public Value Payload { get; init; }

    /// <summary>What was read with it of the blob store; null: nothing.</summary>
    public StoredValues? Values { get; init; }

    /// <summary>Why what it says could not be read; null: it was.</summary>
    public Exception? Failure { get; init; }
}

/// <summary>
/// A message that arrived and could not be read was read at last; or its <see cref="MessageArrived.Failure"/> is there to stay.
/// </summary>
internal sealed record MessageRead(MessageArrived Arrived) : MailboxInput;
