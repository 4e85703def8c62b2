using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Tests;

/// <summary>Writes to a store that answers at once.</summary>
internal static class StoreWrites
{
    public static IReadOnlyList<CommitResult> Write(this IStore store, IReadOnlyList<Mutation> batch) => store.CommitAsync(batch).AsTask().GetAwaiter().GetResult();

    public static CommitResult Write(this IStore store, Mutation mutation) => store.Write([mutation])[0];

    public static T Write<T>(this IStore store, Mutation mutation)
        where T : CommitResult => (T)store.Write(mutation);
}
