namespace Millrace.Engine.Operations;

/// <summary>Whether the server is about to end: it starts nothing new, and lets go of callers that wait.</summary>
public sealed class Draining : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>Ends the waiting of callers.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether it has begun.</summary>
    public bool IsDraining => _source.IsCancellationRequested;

    /// <summary>The refusal of whatever starts something; null: it may start.</summary>
    public Refusal? Refuse() => IsDraining ? new Refusal.Draining() : null;

    /// <summary>Begins it; there is no way back.</summary>
    public void Begin() => _source.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
