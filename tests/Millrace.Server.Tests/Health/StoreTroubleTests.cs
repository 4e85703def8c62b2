using SQLitePCL;

namespace Millrace.Server.Tests.Health;

/// <summary>Whoever asks is told what is wrong with the store.</summary>
public sealed class StoreTroubleTests
{
    [Fact]
    public async Task Another_programs_write_lock_is_named_and_the_server_not_ready_until_it_is_gone()
    {
        await using var server = await ServerFixture.StartAsync();
        var workflow = await server.CreateAsync(Documents.Sum);
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
        using var other = Open(Path.Combine(server.DataDirectory, "millrace.db"));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(other, "begin immediate"));

        var start = server.PostAsync($"/api/v1/workflows/{workflow}/execute", "{}");
        var early = await server.GetAsync("/health/ready");
        var refused = await start;
        // The write that tells waits behind the one that was refused, and for as long.
        var late = await server.GetAsync("/health/ready");
        while (late["checks"]["store"].AsString() is "slow")
            late = await server.GetAsync("/health/ready");

        Assert.Equal(503, early.Status);
        Assert.Equal("unhealthy", early["status"].AsString());
        Assert.Equal("slow", early["checks"]["store"].AsString());
        Assert.Equal(503, refused.Status);
        Assert.Contains("write lock", refused["detail"].AsString(), StringComparison.Ordinal);
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Equal(503, late.Status);
        Assert.Equal("locked", late["checks"]["store"].AsString());
        Assert.Contains("write lock", late["message"].AsString(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.GetAsync("/health/live")).Status);

        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(other, "rollback"));
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
    }

    private static sqlite3 Open(string path)
    {
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(path, out var database));
        return database;
    }
}
