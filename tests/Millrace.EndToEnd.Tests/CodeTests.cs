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
          {"id":"allocate","type":"code","timeout":"3s","onError":"continue","config":{"language":"javascript","code":"return Buffer.alloc(10e9).length;"}},
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
        var nodes = (await server.GetAsync($"{path}/nodes")).EnumerateArray().Where(node => node.GetProperty("type").GetString() == "code").ToDictionary(node => node.GetProperty("nodeId").GetString()!, node => node.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(["code", "code", "code", "timeout", "timeout"], nodes.Values.Order());
        Assert.Equal(("timeout", "timeout"), (nodes["fork"], nodes["spin"]));
    }
}
