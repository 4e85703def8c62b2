using Millrace.Server.Hosting;

namespace Millrace.Server.Tests.Hosting;

public sealed class ConnectionLimitTests
{
    private const long Gigabyte = 1L << 30;

    [Theory]
    [InlineData(1024L, 8 * Gigabyte, 512)]
    [InlineData(100_000L, Gigabyte, 4096)]
    [InlineData(null, Gigabyte, 4096)]
    [InlineData(null, 1L, ConnectionLimit.LeastConnections)]
    public void It_follows_from_open_files_and_memory(long? openFiles, long memory, int connections)
    {
        var limit = ConnectionLimit.Of(openFiles, memory);
        Assert.Equal(connections, limit.Connections);
        Assert.Null(limit.Problem);
    }

    [Fact]
    public void With_too_few_open_files_the_server_says_what_to_do()
    {
        var problem = ConnectionLimit.Of(openFiles: 256, 8 * Gigabyte).Problem;
        Assert.Contains("only 256 files", problem, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void This_machine_has_one() => Assert.True(ConnectionLimit.Find().Connections >= ConnectionLimit.LeastConnections);
}
