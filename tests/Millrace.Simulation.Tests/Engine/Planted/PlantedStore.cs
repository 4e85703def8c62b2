using System.Text;
using Millrace.Engine.Storage;
using Millrace.Simulation.Tests.Engine.Stores;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>A store that changes some of what is written to it, or read from it.</summary>
internal abstract class PlantedStore(IStore inner) : StoreDecorator(inner)
{
    public sealed override void Write(IReadOnlyList<Write> batch)
    {
        foreach (var write in batch)
            WriteOne(write);
    }

    public sealed override async ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, CancellationToken cancellation = default) =>
        [.. (await base.ReadJournalAsync(tenant, executionId, afterSeq, limit, cancellation)).Select(entry => Read(executionId, entry))];

    /// <summary>Writes one; as it is, where nothing is to be changed.</summary>
    protected virtual void WriteOne(Write write) => Forward(write, Change(write));

    /// <summary>What is written instead; the same: nothing is changed.</summary>
    protected virtual Write Change(Write write) => write;

    /// <summary>What is read instead.</summary>
    protected virtual JournalEntry Read(string executionId, JournalEntry entry) => entry;

    protected void Forward(Write original, Write changed)
    {
        Inner.Write([changed]);
        if (!ReferenceEquals(original, changed))
            Copies.Answer(original, changed);
    }

    /// <summary>An execution as it is now; null: there is none.</summary>
    protected ExecutionRecord? Find(string tenant, string id) => AtOnce(Inner.ReadExecutionAsync(tenant, id));

    // A store in memory answers at once.
    private static T AtOnce<T>(ValueTask<T> task) => task.GetAwaiter().GetResult();

    protected static JournalEntry Rewritten(JournalEntry entry, Func<string, string> rewrite) =>
        entry with { Events = new JsonText(Encoding.UTF8.GetBytes(rewrite(entry.Events.ToString()))) };
}
