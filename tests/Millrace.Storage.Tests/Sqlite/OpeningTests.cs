using System.Diagnostics;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Tests.Conformance;

namespace Millrace.Storage.Tests.Sqlite;

public sealed class OpeningTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private SqliteStoreOptions Options => new(_directory.At("data"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_second_opener_is_told_which_directory_is_in_use()
    {
        await using var first = SqliteStore.Open(Options);

        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(Options));

        Assert.Contains(_directory.At("data"), refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_store_may_be_opened_again()
    {
        await using (var first = SqliteStore.Open(Options))
            await first.ReadExecutionAsync(Sample.Tenant, "e1");

        await using var second = SqliteStore.Open(Options);

        Assert.Equal(2, second.Ownership.Epoch);
    }

    [Fact]
    public async Task Two_data_directories_cannot_share_a_database()
    {
        var database = _directory.At("shared/flows.db");
        await using var first = SqliteStore.Open(new SqliteStoreOptions(_directory.At("a"), database));
        Assert.True(File.Exists(database));

        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(new SqliteStoreOptions(_directory.At("b"), database)));

        Assert.Contains(_directory.At("shared"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_database_of_a_data_directory_cannot_be_named_by_another()
    {
        await using var first = SqliteStore.Open(Options);

        var refused = Assert.Throws<StoreException>(
            () => SqliteStore.Open(new SqliteStoreOptions(_directory.At("b"), _directory.At("data/millrace.db"))));

        Assert.Contains("Another Millrace process uses", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.At("data"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_symbolic_link_leads_to_the_same_lock()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets only administrators make symbolic links.");
        await using var first = SqliteStore.Open(Options);
        File.CreateSymbolicLink(_directory.At("link.db"), _directory.At("data/millrace.db"));

        var refused = Assert.Throws<StoreException>(
            () => SqliteStore.Open(new SqliteStoreOptions(_directory.At("b"), _directory.At("link.db"))));

        Assert.Contains("Another Millrace process uses", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hard_link_leads_to_the_same_lock()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can a file be locked that SQLite locks as well.");
        await using var first = SqliteStore.Open(Options);
        using (var link = Process.Start("ln", [_directory.At("data/millrace.db"), _directory.At("hard.db")]))
            await link.WaitForExitAsync(TestContext.Current.CancellationToken);

        var refused = Assert.Throws<StoreException>(
            () => SqliteStore.Open(new SqliteStoreOptions(_directory.At("b"), _directory.At("hard.db"))));

        Assert.Contains("Another Millrace process uses", refused.Message, StringComparison.Ordinal);
        Assert.Contains("hard.db", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_opening_holds_no_lock()
    {
        Directory.CreateDirectory(_directory.At("data"));
        await File.WriteAllTextAsync(Path.Combine(_directory.At("data"), "millrace.db"), new string('x', 4096));
        Assert.Throws<StoreException>(() => SqliteStore.Open(Options));
        File.Delete(Path.Combine(_directory.At("data"), "millrace.db"));

        await using var store = SqliteStore.Open(Options);

        Assert.Equal(1, store.Ownership.Epoch);
    }

    [Fact]
    public void Another_programs_tables_are_left_alone()
    {
        var database = _directory.At("other.db");
        using (var other = Connection.OpenWriter(database))
            other.Execute("create table meta (name, value)");
        var before = File.ReadAllBytes(database);

        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(new SqliteStoreOptions(_directory.At("data"), database)));

        Assert.Contains("another program's tables", refused.Message, StringComparison.Ordinal);
        Assert.Contains(database, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(database));
    }

    [Fact]
    public void A_file_that_is_no_database_is_left_alone()
    {
        var file = _directory.At("notes.txt");
        File.WriteAllText(file, new string('x', 4096));

        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(new SqliteStoreOptions(_directory.At("data"), file)));

        Assert.Contains("not a SQLite database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 4096), File.ReadAllText(file));
    }

    [Fact]
    public async Task A_newer_schema_is_refused_with_both_numbers()
    {
        await using (var store = SqliteStore.Open(Options))
            store.Writer.Execute("update meta set value = 99 where name = 'schema_version'");

        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(Options));

        Assert.Contains("schema 99", refused.Message, StringComparison.Ordinal);
        Assert.Matches("up to [1-9]", refused.Message);
    }

    [Theory]
    [InlineData("journal_mode", "wal")]
    [InlineData("synchronous", "2")]
    public async Task The_writer_is_set_up_to_sync_every_commit(string pragma, string expected)
    {
        await using var store = SqliteStore.Open(Options);

        var statement = store.Writer.Prepare($"pragma {pragma}");
        statement.Step();
        var value = statement.Text(0);
        statement.Reset();

        Assert.Equal(expected, value);
    }
}
