using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations;

/// <summary>Whether the store answers.</summary>
public sealed class StoreHealth(IStore store)
{
    /// <summary>Asks it a question that costs little.</summary>
    public async ValueTask<bool> AnswersAsync(CancellationToken cancellation)
    {
        try
        {
            await store.NextWakeAsync(cancellation);
            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }
}
