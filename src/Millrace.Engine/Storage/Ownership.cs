namespace Millrace.Engine.Storage;

/// <summary>
/// Who this process is among the owners of a store. It gets an epoch when it joins: a number larger than that of every owner before. What it owns is
/// its own until the epoch has ended, because it left or because it was declared dead; then others may claim it, and nothing else may they
/// claim. The fence decides, not the verdict: a process that was declared dead by mistake can do no harm, because its commits are refused.
/// </summary>
public interface IOwnership
{
    /// <summary>The name of this process among the nodes of its cluster.</summary>
    string NodeId { get; }

    /// <summary>The number under which it owns executions.</summary>
    long Epoch { get; }

    /// <summary>Whether others may own executions of the same store at the same time.</summary>
    bool IsShared { get; }

    /// <summary>
    /// Cancelled when this process hears that its epoch has ended. That may be late, or never: it is there to stop in time, and what keeps others'
    /// executions safe is that the store refuses what an ended epoch commits. Its callbacks must only hand over.
    /// </summary>
    CancellationToken Lost { get; }
}

/// <summary>The only owner of a store: something outside, such as a lock on its file, proves that all earlier ones are dead.</summary>
/// <param name="epoch">Its epoch.</param>
public sealed class SoleOwnership(long epoch) : IOwnership
{
    /// <inheritdoc/>
    public string NodeId => "local";

    /// <inheritdoc/>
    public long Epoch { get; } = epoch;

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public CancellationToken Lost => CancellationToken.None;
}
