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
        var copy = Directory.CreateDirectory(_directory.At("crashed")).FullName;
        foreach (var name in new[] { "millrace.db", "millrace.db-wal" })
            File.Copy(Path.Combine(_directory.At("data"), name), Path.Combine(copy, name));
        return SqliteStore.Open(new SqliteStoreOptions(copy));
    }

    protected override ValueTask RemoveAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
