namespace Millrace.Storage.Tests.Planted;

/// <summary>A way to break a promise (P1 to P5 of the architecture), planted into a store that otherwise keeps them.</summary>
public enum PlantedFault
{
    /// <summary>P1: a message is acknowledged and not kept.</summary>
    LosesMessages,
    /// <summary>P1: an execution is acknowledged and not kept.</summary>
    LosesExecutions,
    /// <summary>P1: what is acknowledged is written with the next batch only.</summary>
    AnswersBeforeItWrites,
    /// <summary>P1: a message for an execution that has ended is acknowledged.</summary>
    TakesMessagesForTheDead,
    /// <summary>P1: time passes before a message that was acknowledged.</summary>
    OvertakesMessages,
    /// <summary>P2: events that were committed last are not read back.</summary>
    ForgetsTheLastEvents,
    /// <summary>P2: a message that was handled comes back.</summary>
    BringsMessagesBack,
    /// <summary>P3: the commit of somebody who is no longer the owner is acknowledged.</summary>
    SkipsTheFence,
    /// <summary>P3: what is claimed can be claimed again.</summary>
    ClaimsTwice,
    /// <summary>P4: the journal has a gap.</summary>
    LeavesGaps,
    /// <summary>P5: a second end is acknowledged.</summary>
    EndsTwice,
    /// <summary>A key against repetition is not looked at.</summary>
    DropsKeys,
    /// <summary>Limits are not looked at.</summary>
    IgnoresLimits,
    /// <summary>Messages that a commit leaves for other executions, such as a child's for its parent, are not written with it.</summary>
    DropsMessagesToOthers,
    /// <summary>Executions of another tenant are found by their ids.</summary>
    MixesTenants,
    /// <summary>Blobs that nobody refers to are given away.</summary>
    GivesAwayBlobs,
    /// <summary>The hosts of secrets are forgotten.</summary>
    UnbindsSecrets,
    /// <summary>An approval can be answered twice.</summary>
    TakesTwoAnswers,
    /// <summary>Two workers get the same task.</summary>
    LeasesTwice,
    /// <summary>A worker that has lost its task may still end it.</summary>
    TakesLostTasks,
    /// <summary>Snapshots are not kept.</summary>
    LosesSnapshots,
    /// <summary>The last row of a list of node runs is missing.</summary>
    ForgetsTheLastRun,
    /// <summary>Executions that run are said to be deleted.</summary>
    DeletesTheLiving,
    /// <summary>Two executions are told to compute the same result.</summary>
    ComputesTwice,
    /// <summary>Nothing ever wakes.</summary>
    NeverWakes,
    /// <summary>P3: who joins takes what others own although they live.</summary>
    TakesFromTheLiving,
    /// <summary>What the dead owned stays theirs for ever.</summary>
    KeepsWhatTheDeadOwned,
    /// <summary>P3: who was declared dead may begin executions, which nobody would ever claim.</summary>
    LetsTheDeadBegin,
    /// <summary>P1: an owner does not find the messages that others have left.</summary>
    HidesMessagesOfOthers,
    /// <summary>What is in the feed at a position becomes visible after what comes later.</summary>
    RevealsFeedLate,
    /// <summary>Nothing is ever hinted at.</summary>
    NeverHints,
    /// <summary>A hint comes before its commit, so that whoever reads then keeps what was there before.</summary>
    HintsTooEarly,
    /// <summary>A call that no budget allows is allowed.</summary>
    IgnoresBudgets,
    /// <summary>A call that was settled may be made again.</summary>
    ReservesAgain,
    /// <summary>What calls have spent is not charged.</summary>
    LosesSettlements,
    /// <summary>What is reserved is not shown.</summary>
    HidesReservations,
}
