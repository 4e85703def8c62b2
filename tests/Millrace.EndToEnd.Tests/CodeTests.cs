using System.Diagnostics;
using Millrace.Tests.Processes;

namespace Millrace.EndToEnd.Tests;

/// <summary>Code that takes what it can get, at a real server that answers others meanwhile.</summary>
public sealed class CodeTests
{
    private const string Greedy = """
        {"id":"greedy","name":"Greedy","nodes":[
          {"id":"fork","type":"code","timeout":"3s","onError":"continue","config":{"language":"python","code":"import os\ntry:\n    while True: os.fork()\nexcept OSError: pass\nwhile True: pass"}},
          {"id":"memory","type":"code","timeout":"3s","onError":"continue","config":{"language":"python","code":"x = []\nwhile True: x.append(bytes(1000000))"}},
          {"id":"allocate","type":"code","timeout":"3s","onError":"continue","config":{"language":"javascript","code":"return new Uint8Array(2e9).length;"}},
          {"id":"print","type":"code","timeout":"3s","onError":"continue","config":{"language":"javascript","code":"for (;;) console.log('x'.repeat(100));"}},
          {"id":"spin","type":"code","timeout":"3s","onError":"continue","config":{"language":"javascript","code":"for (;;);"}}],"edges":[]}
        """;

    [Fact]
    public async Task A_server_answers_others_while_code_takes_what_it_can()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.PostAsync("api/v1/workflows", Greedy);
        var (_, started) = await server.PostAsync("api/v1/workflows/greedy/execute", "{}");
        var path = $"api/v1/executions/{started.GetProperty("id").GetString()}";
        var slowest = TimeSpan.Zero;
        for (var patience = Stopwatch.StartNew(); ;)
        {
            var watch = Stopwatch.StartNew();
            var execution = await server.GetAsync(path);
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            if (execution.GetProperty("status").GetString() == "completed")
                break;
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(1), $"{execution}");
        }
        Assert.True(slowest < TimeSpan.FromSeconds(2), $"An answer took {slowest}.");
        var nodes = (await server.GetAsync($"{path}/nodes")).EnumerateArray().Where(node =>
            node.GetProperty("type").GetString() == "code").ToDictionary(node =>
                node.GetProperty("nodeId").GetString()!, node => node.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(["code", "code", "code", "timeout", "timeout"], nodes.Values.Order());
        Assert.Equal(("timeout", "timeout"), (nodes["fork"], nodes["spin"]));
    }

    private const string Endless = """
        {"id":"endless","name":"Endless","nodes":[
          {"id":"sleep","type":"code","timeout":"10m","config":{"language":"python","code":"import time\ntime.sleep(600)\nreturn 1"}},
          {"id":"spin","type":"code","timeout":"10m","config":{"language":"javascript","code":"for (;;);"}}],"edges":[]}
        """;

    [Theory]
    [InlineData("bubblewrap")]
    [InlineData("none")]
    public async Task No_code_outlives_a_server_that_is_killed(string sandbox)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are listed as Linux has them");
        await using var server = await ServerProcess.StartAsync(("CODE_SANDBOX", sandbox));
        await server.PostAsync("api/v1/workflows", Endless);
        await server.PostAsync("api/v1/workflows/endless/execute", "{}");
        // Each language has one process that runs its call: it takes processor time, or sleeps in a fork.
        var below = await UntilAsync(() => Below(server.Id), found => found.Exists(IsJavaScript) && found.Exists(IsPython));
        server.Kill();
        await UntilAsync(() => below.FindAll(process => process.Command.Length > 0 && CommandOf(process.Id) == process.Command),
            left => left.Count == 0);
    }

    private static bool IsJavaScript((int Id, string Command) process) =>
        process.Command.Contains("Millrace.Sandbox.dll", StringComparison.Ordinal);

    private static bool IsPython((int Id, string Command) process) =>
        process.Command.Contains("Runs calls of somebody's code", StringComparison.Ordinal);

    private static async Task<List<(int Id, string Command)>> UntilAsync(
        Func<List<(int Id, string Command)>> look, Predicate<List<(int Id, string Command)>> isSo)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            var found = look();
            if (isSo(found))
                return found;
            Assert.True(patience.Elapsed < ServerProcess.Patience, string.Join('\n', found));
        }
    }

    private static List<(int Id, string Command)> Below(int root)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0)
            .Where(id => id > 0)
            .ToDictionary(id => id, ParentOf);
        return [.. parents.Keys.Where(IsBelow).Select(id => (id, CommandOf(id)))];

        bool IsBelow(int id)
        {
            for (var at = id; parents.TryGetValue(at, out var parent) && parent > 0; at = parent)
            {
                if (parent == root)
                    return true;
            }
            return false;
        }
    }

    private static int ParentOf(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }

    // Empty: it is there no more, or only its number is.
    private static string CommandOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
