namespace Millrace.Engine.Runtime;

/// <summary>The moments around every commit and every effect. Nothing happens at them, unless a test has the process end there.</summary>
internal enum CrashPoint
{
    /// <summary>An execution's commit is about to be handed over.</summary>
    CommitDecided,

    /// <summary>A batch of writes is about to be written.</summary>
    BatchTaken,

    /// <summary>A batch is durable, and nobody knows.</summary>
    BatchDurable,

    /// <summary>Everybody was told that a batch is durable.</summary>
    BatchSettled,

    /// <summary>An execution knows that its commit is durable; nothing that follows from it has begun.</summary>
    CommitKnown,

    /// <summary>An effect is about to leave for the world.</summary>
    EffectLeaves,

    /// <summary>An effect has ended, and its execution does not know.</summary>
    EffectEnded,

    /// <summary>A message for an execution is durable, and it does not know.</summary>
    MessageStored,

    /// <summary>An execution was folded from the store, and has not gone on.</summary>
    Folded,
}
