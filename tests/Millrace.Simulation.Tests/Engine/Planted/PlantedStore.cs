using System.Text;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>A store that changes some of what is written to it, or read from it.</summary>
internal abstract class PlantedStore(IStore inner) : StoreDecorator(inner)
{
    public sealed override ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default) =>
        new([.. batch.Select(WriteOne)]);

    public sealed override async ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default) =>
        [.. (await base.ReadJournalAsync(tenant, executionId, afterSeq, limit, maxBytes, cancellation)).Select(entry => Read(executionId, entry))];

    /// <summary>Writes one; as it is, where nothing is to be changed.</summary>
    protected virtual CommitResult WriteOne(Mutation mutation) => Inner.Write(Change(mutation));

    /// <summary>What is written instead; the same: nothing is changed.</summary>
    protected virtual Mutation Change(Mutation mutation) => mutation;

    /// <summary>What is read instead.</summary>
    protected virtual JournalEntry Read(string executionId, JournalEntry entry) => entry;

    /// <summary>An execution as it is now; null: there is none.</summary>
    protected ExecutionRecord? Find(string tenant, string id) => AtOnce(Inner.ReadExecutionAsync(tenant, id));

    // A store in memory answers at once.
    private static T AtOnce<T>(ValueTask<T> task) => task.GetAwaiter().GetResult();

    protected static JournalEntry Rewritten(JournalEntry entry, Func<string, string> rewrite) =>
        entry with { Events = new JsonText(Encoding.UTF8.GetBytes(rewrite(entry.Events.ToString()))) };
}
