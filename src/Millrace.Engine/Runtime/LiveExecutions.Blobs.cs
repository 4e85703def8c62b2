using Microsoft.Extensions.Logging;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

// What is large of commits goes to the blob store before them.
internal sealed partial class LiveExecutions
{
    /// <summary>Stores what is large of a commit. Null: it is stored.</summary>
    /// <param name="values">The values of the execution.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="isRepeated">Whether a failure is tried again until everything stops.</param>
    public async Task<StoreException?> StoreLargeAsync(ExecutionValues values, string executionId, bool isRepeated)
    {
        var backoff = new Backoff(Backoff.Most);
        while (true)
        {
            try
            {
                await values.StoreAsync(_stopping.Token);
                return null;
            }
            catch (Exception e)
            {
                if (!isRepeated || IsStopping)
                    return e as StoreException ?? NotStored(e.Message, e);
                var pause = backoff.Next();
                logger.LogError(
                    e, "A large value of execution {ExecutionId} could not be stored; trying again in {Pause}", executionId, pause);
                if (!await PauseAsync(pause))
                    return NotStored("the engine stopped.", e);
            }
        }
    }

    private static StoreException NotStored(string why, Exception e) =>
        new($"A large value could not be stored: {why}", rolledBack: true, e);
}
