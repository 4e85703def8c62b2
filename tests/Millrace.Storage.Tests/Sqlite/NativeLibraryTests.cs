using Millrace.Storage.Sqlite;

namespace Millrace.Storage.Tests.Sqlite;

public sealed class NativeLibraryTests
{
    // The first version in which a checkpoint beside a commit cannot damage the log.
    private static readonly Version Least = new(3, 51, 3);

    [Fact]
    public async Task SQLite_is_a_version_that_keeps_its_log_whole()
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));

        var version = store.Writer.Prepare("select sqlite_version()");

        Assert.True(version.Step());
        Assert.True(Version.Parse(version.Text(0)) >= Least, $"SQLite {version.Text(0)} is older than {Least}.");
    }

    [Theory]
    [InlineData("journal_mode", "wal")]
    [InlineData("synchronous", "2")]
    [InlineData("wal_autocheckpoint", "0")]
    public async Task The_writer_syncs_every_commit_and_checkpoints_by_itself(string pragma, string value)
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));

        var setting = store.Writer.Prepare($"pragma {pragma}");

        Assert.True(setting.Step());
        Assert.Equal(value, setting.Text(0));
    }
}
