using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Tests.Conformance;

namespace Millrace.Storage.Tests.Sqlite;

public sealed class SqliteConformance : StoreConformance
{
    private readonly TemporaryDirectory _directory = new();

    protected override IStore Open() => SqliteStore.Open(new SqliteStoreOptions(_directory.At("data")));

    protected override IStore OpenAfterCrash()
    {
        var copy = _directory.CopyOfOpen("data", "crashed");
        return SqliteStore.Open(new SqliteStoreOptions(copy));
    }

    protected override ValueTask RemoveAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
