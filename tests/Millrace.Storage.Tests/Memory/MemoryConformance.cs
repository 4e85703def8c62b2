using Millrace.Engine.Storage;
using Millrace.Storage.Tests.Conformance;
using Millrace.Testing.Storage;

namespace Millrace.Storage.Tests.Memory;

/// <summary>What is committed to memory is as durable as its data, so that a crash and a new opening come to the same.</summary>
public sealed class MemoryConformance : SharedStoreConformance
{
    private readonly MemoryStoreData _data = new();

    protected override IStore Open() => MemoryStore.Open(_data);

    protected override IStore Join() => MemoryStore.Join(_data);

    protected override IStore OpenAfterCrash() => MemoryStore.Open(_data);

    protected override ValueTask RemoveAsync() => ValueTask.CompletedTask;
}
