using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>One of the owners of what stores in memory hold.</summary>
internal sealed class MemoryOwnership(long epoch, bool isShared) : IOwnership
{
    private readonly CancellationTokenSource _lost = new();

    public string NodeId { get; } = $"node-{epoch}";

    public long Epoch { get; } = epoch;

    public bool IsShared { get; } = isShared;

    public CancellationToken Lost => _lost.Token;

    /// <summary>Whether it may own nothing any more.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Whether the owner knows that it lost the store.</summary>
    public bool IsTold => _lost.IsCancellationRequested;

    public void Tell() => _lost.Cancel();
}
