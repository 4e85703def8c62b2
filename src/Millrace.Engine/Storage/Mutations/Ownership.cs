namespace Millrace.Engine.Storage.Mutations;

/// <summary>
/// Ends the epoch of another owner that was declared dead, or one's own on leaving. From then on it commits nothing as an owner and claims nothing
/// (see <see cref="WriteOutcome.Fenced"/>), and what it owned is due at once. To end it again changes nothing. <see cref="WriteOutcome.Conflict"/> where
/// it is the only owner that the store can have.
/// </summary>
public sealed class EndEpoch(long epoch) : Mutation("")
{
    /// <summary>The epoch to end.</summary>
    public long Epoch { get; } = epoch;
}
