using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Stores;

/// <summary>The blob store of a world: what was put is there until it is deleted, whichever process did either. Values are large early.</summary>
/// <param name="areReadsEventful">
/// Whether reads take time and fail. What is read again, and what is still in memory, is up to the garbage collector: a world in which
/// reads are events does not repeat itself.
/// </param>
internal sealed class SimulatedBlobs(bool areReadsEventful)
{
    /// <summary>Most values of a simulation are small, and some of them must not stay where they are.</summary>
    public const int LargestInline = 60;

    private readonly Dictionary<string, (byte[] Content, DateTimeOffset PutAt)> _blobs = new(StringComparer.Ordinal);

    /// <summary>How often something was put.</summary>
    public int Puts { get; private set; }

    private bool AreReadsEventful => areReadsEventful;

    public bool Has(string id) => _blobs.ContainsKey(id);

    /// <summary>What was stored, with all its values in their places.</summary>
    /// <exception cref="InvalidDataException">One of them is missing.</exception>
    public JsonText InFull(JsonText stored) => stored.IsEmpty ? stored : new JsonText(new Reader(this).Read(stored.Utf8.Span).ToUtf8());

    /// <summary>This store as one process sees it.</summary>
    public IBlobStore Of(SimulatedProcess process, Random random) => new OfProcess(this, process, random);

    private sealed class Reader(SimulatedBlobs blobs) : StoredValues
    {
        protected override string? Keep(ReadOnlySpan<byte> utf8) => throw new NotSupportedException();

        protected override ReadOnlyMemory<byte> Fetch(string id) =>
            blobs._blobs.TryGetValue(id, out var blob) ? blob.Content : throw new InvalidDataException($"Blob {id} is referred to and is not there.");
    }

    // It answers late, fails now and then, and its process may end before, after, or in between.
    private sealed class OfProcess(SimulatedBlobs all, SimulatedProcess process, Random random) : IBlobStore
    {
        public int LargestInline => SimulatedBlobs.LargestInline;

        public async ValueTask PutAsync(string id, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
        {
            await Task.Yield();
            if (Happens(process.Faults.WriteFails) || Happens(process.Faults.BlobFails))
                throw Failure("written");
            all._blobs[id] = (content.ToArray(), process.Time.GetUtcNow());
            all.Puts++;
            process.Trace.Note("blob", id);
            if (Happens(process.Faults.CrashInWrite))
                process.Crash();
            await Task.Yield();
        }

        public async ValueTask<byte[]?> GetAsync(string tenant, string id, CancellationToken cancellation = default)
        {
            if (all.AreReadsEventful && Happens(process.Faults.ReadYields))
                await Task.Yield();
            if (all.AreReadsEventful && (Happens(process.Faults.ReadFails) || Happens(process.Faults.BlobFails)))
                throw Failure("read");
            return all._blobs.TryGetValue(id, out var blob) ? blob.Content : null;
        }

        public Task<(string Id, long Size)?> PutFileAsync(string tenant, FileHead head, Stream content, long limit, CancellationToken cancellation) =>
            throw new NotSupportedException("The simulation stores no files.");

        public OpenedFile? OpenFile(string tenant, string id) => null;

        public ValueTask<bool> KeepFileAsync(string tenant, string id, CancellationToken cancellation = default) => new(false);

        public IEnumerable<string> PutBefore(DateTimeOffset time) => [.. all._blobs.Where(blob => blob.Value.PutAt < time).Select(blob => blob.Key)];

        public bool Delete(string id, DateTimeOffset unlessPutSince)
        {
            if (!all._blobs.TryGetValue(id, out var blob) || blob.PutAt >= unlessPutSince)
                return false;
            process.Trace.Note("blob deleted", id);
            return all._blobs.Remove(id);
        }

        private bool Happens(double chance) => chance > 0 && random.NextDouble() < chance;

        private StoreException Failure(string how)
        {
            process.Trace.Note("blob store fails:", how);
            return new StoreException($"The blob store of the simulation fails: it cannot be {how}.", rolledBack: true);
        }
    }
}
