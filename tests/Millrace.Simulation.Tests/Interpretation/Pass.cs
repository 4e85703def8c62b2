using System.Numerics;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Interpretation;

/// <summary>How a node ended, or did not.</summary>
internal enum End
{
    Completed,
    Skipped,
    Failed,
    /// <summary>It failed and nothing handles it, or what runs inside it never ends.</summary>
    Never,
}

/// <summary>One run of a node as it has to be.</summary>
internal sealed class Pass(int id, PlanNode node, string iteration, BigInteger past)
{
    public PlanNode Node { get; } = node;

    public string Iteration { get; } = iteration;

    /// <summary>The runs that are over before it begins, whatever the order of things: a bit each.</summary>
    public BigInteger Past { get; } = past;

    /// <summary>The same, and itself: what is over once it is.</summary>
    public BigInteger Through { get; set; } = past | (BigInteger.One << id);

    public End End { get; set; } = End.Never;

    public string? SkipReason { get; set; }

    public Value Data { get; set; }

    /// <summary>Whether its data depends on the order of things.</summary>
    public bool IsDataOpen { get; set; }

    public Value Output { get; set; }

    public bool HasOutput { get; set; }

    /// <summary>Whether its output depends on the order of things.</summary>
    public bool IsOpen { get; set; }

    public string? Port { get; set; }

    public int Attempts { get; set; } = 1;

    public string? ErrorType { get; set; }

    /// <summary>Of an effect: what its config came to.</summary>
    public Value Config { get; set; }

    public bool IsConfigOpen { get; set; }

    /// <summary>Whether it may also not happen, or be ended early, by the order of things.</summary>
    public bool IsMaybe { get; set; }

    public bool IsAfter(Pass other) => Knows(Past, other);

    public static bool Knows(BigInteger past, Pass other) => !((past >> other.Id) & 1).IsZero;

    private int Id { get; } = id;
}

/// <summary>Something that can end the whole execution.</summary>
/// <param name="Kind">How.</param>
/// <param name="Pass">Where.</param>
/// <param name="ErrorType">Of a failure: its type.</param>
internal sealed record Final(FinalKind Kind, Pass Pass, string? ErrorType)
{
    /// <summary>Whether it may also not happen: a join may end its branch first.</summary>
    public bool IsMaybe => Pass.IsMaybe;
}

internal enum FinalKind
{
    Fail,
    Compensate,
    Stop,
}

/// <summary>What has to come of an execution.</summary>
/// <param name="Passes">Every run that there can be.</param>
/// <param name="Finals">What can end it early; where nothing surely does, it may complete.</param>
/// <param name="Variables">The variables at the end, and whether each depends on the order of things.</param>
/// <param name="Result">Its result, if it completes.</param>
/// <param name="IsResultOpen">Whether the result depends on the order of things.</param>
internal sealed record Expectation(IReadOnlyList<Pass> Passes, IReadOnlyList<Final> Finals, Value Result, bool IsResultOpen, IReadOnlyDictionary<string, (Value Value, bool IsOpen)> Variables)
{
    public bool MayComplete => Finals.All(final => final.IsMaybe);
}

/// <summary>What comes of a workflow depends on the order of things, so that nothing can be compared.</summary>
internal sealed class UndeterminedException(string message) : Exception(message);
