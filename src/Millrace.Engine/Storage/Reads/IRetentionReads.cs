using Millrace.Core.Definitions;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads what may be removed, and which blobs are referred to.</summary>
public interface IRetentionReads
{
    /// <summary>
    /// Executions, of any tenant, that ended longer ago than they are kept: as the current version of their workflow says, else as the
    /// defaults say; at most <paramref name="limit"/>, in no order. Of what ended before any retention was set, what <see cref="IndexEnded"/> has indexed.
    /// </summary>
    ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default);

    /// <summary>Whether an execution of this tenant refers to a blob.</summary>
    ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default);

    /// <summary>Those of some blobs to which no execution refers, of whichever tenant.</summary>
    ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default);
}
