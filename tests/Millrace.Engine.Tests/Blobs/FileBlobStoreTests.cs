using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Blobs;

public sealed class FileBlobStoreTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-blobs-");
    private readonly VirtualTime _time = new(Start);
    private readonly FileBlobStore _blobs;

    public FileBlobStoreTests() => _blobs = new FileBlobStore(Path.Combine(_directory.FullName, "blobs"), _time);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task What_was_put_is_read_by_its_id()
    {
        var id = await _blobs.StoreAsync("acme", "one"u8);

        Assert.Equal("one"u8.ToArray(), (await _blobs.GetAsync("acme", id))!);
        Assert.Equal("one"u8.ToArray(), (await new FileBlobStore(Path.Combine(_directory.FullName, "blobs"), _time).GetAsync("acme", id))!);
        Assert.Empty((await _blobs.GetAsync("acme", await _blobs.StoreAsync("acme", [])))!);
    }

    [Fact]
    public async Task The_same_content_is_one_file_and_another_content_is_another()
    {
        Assert.Equal(await _blobs.StoreAsync("acme", "one"u8), await _blobs.StoreAsync("acme", "one"u8));
        Assert.NotEqual(await _blobs.StoreAsync("acme", "one"u8), await _blobs.StoreAsync("acme", "two"u8));
        Assert.Equal(2, Files().Length);
    }

    [Fact]
    public async Task Tenants_share_nothing()
    {
        var id = await _blobs.StoreAsync("acme", "one"u8);

        Assert.NotEqual(id, await _blobs.StoreAsync("globex", "one"u8));
        Assert.NotEqual(await _blobs.StoreAsync("a", "b:c"u8), await _blobs.StoreAsync("a:b", "c"u8));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await _blobs.GetAsync("globex", id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("../../../etc/passwd")]
    [InlineData("..aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task What_is_no_id_or_unknown_leads_nowhere(string id)
    {
        await _blobs.StoreAsync("acme", "one"u8);

        Assert.Null(await _blobs.GetAsync("acme", id));
        Assert.False(_blobs.Delete(id, DateTimeOffset.MaxValue));
    }

    [Fact]
    public async Task Damage_is_found_when_it_is_read()
    {
        var id = await _blobs.StoreAsync("acme", "one"u8);
        File.WriteAllText(Files().Single().FullName, "two");

        Assert.Contains(id, (await Assert.ThrowsAsync<InvalidDataException>(async () => await _blobs.GetAsync("acme", id))).Message);
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_written_again()
    {
        var id = await _blobs.StoreAsync("acme", "one"u8);
        File.WriteAllText(Files().Single().FullName, "on");

        await _blobs.StoreAsync("acme", "one"u8);

        Assert.Equal("one"u8.ToArray(), (await _blobs.GetAsync("acme", id))!);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_the_stores_trouble_and_not_a_missing_blob()
    {
        var id = await _blobs.StoreAsync("acme", "one"u8);
        Directory.Delete(Path.Combine(_directory.FullName, "blobs"), recursive: true);

        await Assert.ThrowsAsync<StoreException>(async () => await _blobs.GetAsync("acme", id));
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_with_its_path()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "blobs"), "a file where the directory should be");

        var trouble = await Assert.ThrowsAsync<StoreException>(() => _blobs.StoreAsync("acme", "one"u8));

        Assert.True(trouble.RolledBack);
        Assert.Contains(Path.Combine(_directory.FullName, "blobs"), trouble.Message);
    }

    [Fact]
    public async Task A_blob_that_was_put_again_counts_as_new()
    {
        var id = await _blobs.StoreAsync("acme", "one"u8);
        var other = await _blobs.StoreAsync("acme", "two"u8);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(new[] { id, other }.Order(StringComparer.Ordinal), _blobs.PutBefore(Start.AddHours(1)).Order(StringComparer.Ordinal));

        await _blobs.StoreAsync("acme", "one"u8);

        Assert.Equal([other], _blobs.PutBefore(Start.AddHours(1)));
        Assert.False(_blobs.Delete(id, Start.AddHours(1)));
        Assert.True(_blobs.Delete(other, Start.AddHours(1)));
        Assert.False(_blobs.Delete(other, Start.AddHours(1)));
        Assert.Null(await _blobs.GetAsync("acme", other));
        Assert.NotNull(await _blobs.GetAsync("acme", id));
    }

    [Fact]
    public async Task What_could_not_be_finished_leaves_nothing()
    {
        var id = await _blobs.StoreAsync("acme", "one"u8);
        // A directory is where the file should be.
        var path = Files().Single().FullName;
        File.Delete(path);
        Directory.CreateDirectory(path);

        await Assert.ThrowsAsync<StoreException>(async () => await _blobs.PutAsync(id, "one"u8.ToArray()));

        Assert.Empty(Files());
    }

    [Fact]
    public async Task Only_the_user_of_the_process_may_read_what_is_stored()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other permissions.");
        await _blobs.StoreAsync("acme", "one"u8);
        using var content = new MemoryStream([1]);
        await _blobs.PutFileAsync("acme", new FileHead("text/plain"), content, 10, TestContext.Current.CancellationToken);

        foreach (var file in Files())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
        foreach (var directory in _directory.EnumerateDirectories("*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, directory.UnixFileMode);
    }

    [Fact]
    public void What_a_crash_left_unfinished_goes_with_time_and_nothing_else_does()
    {
        var shard = Directory.CreateDirectory(Path.Combine(_directory.FullName, "blobs", "ab"));
        var unfinished = Path.Combine(shard.FullName, new string('a', 64) + ".new");
        var foreign = Path.Combine(shard.FullName, "README");
        foreach (var path in (string[])[unfinished, foreign])
        {
            File.WriteAllText(path, "x");
            File.SetLastWriteTimeUtc(path, Start.UtcDateTime);
        }

        Assert.Empty(_blobs.PutBefore(Start));
        Assert.True(File.Exists(unfinished));
        Assert.Empty(_blobs.PutBefore(Start.AddSeconds(1)));
        Assert.False(File.Exists(unfinished));
        Assert.True(File.Exists(foreign));
    }

    [Fact]
    public async Task Many_may_put_and_delete_the_same_at_once()
    {
        var content = new byte[300_000];
        var id = await _blobs.StoreAsync("acme", content);
        // Every put makes it new again, so that only what was old a moment ago may go.
        await Parallel.ForAsync(0, 200, async (i, _) =>
        {
            if (i % 4 == 0)
                _blobs.Delete(id, Start.AddTicks(1));
            else
                await _blobs.StoreAsync("acme", content);
        });

        await _blobs.StoreAsync("acme", content);
        Assert.Equal(content, (await _blobs.GetAsync("acme", id))!);
    }

    private FileInfo[] Files() => _directory.GetFiles("*", SearchOption.AllDirectories);
}
