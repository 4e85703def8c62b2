using Millrace.Server.Http;

namespace Millrace.Server.Hosting;

/// <summary>Whether the server is about to end: it starts nothing new, and lets go of callers that wait.</summary>
internal sealed class Draining : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>What a start is answered with meanwhile.</summary>
    public static readonly ProblemReply Problem = new(StatusCodes.Status503ServiceUnavailable, "draining", "This server is shutting down and starts nothing new. Try again in a moment.") { RetryAfter = 5 };

    public CancellationToken Token => _source.Token;

    public bool IsDraining => _source.IsCancellationRequested;

    public void Begin() => _source.Cancel();

    public void Dispose() => _source.Dispose();
}
