using System.Net;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>kill -9, again and again, at moments that differ, while every construct is under way.</summary>
public sealed class ConstructCrashTests
{
    private const int Executions = 60;
    private const int Kills = 5;

    // A forEach of children, a loop, a while, an early join, a wait and an undoing. Its result is known whatever happens on the way.
    private const string Whole = """
        {"id":"whole","name":"Whole","variables":{"turns":0,"seen":[]},
         "nodes":[
          {"id":"start","type":"start"},
          {"id":"items","type":"forEach","config":{"items":"{{ [1,2,3] }}","concurrency":2,"body":{
            "nodes":[{"id":"call","type":"http","config":{"method":"POST","url":"WITNESS/item"}},{"id":"child","type":"subworkflow","config":{"workflowId":"part","input":"{{ item }}"}},
                     {"id":"note","type":"setVariable","config":{"name":"seen","value":"{{ item }}","merge":"append"}}],
            "edges":[{"source":"call","target":"child"},{"source":"child","target":"note"}]}}},
          {"id":"turn","type":"http","config":{"method":"POST","url":"WITNESS/turn"}},
          {"id":"count","type":"setVariable","config":{"name":"turns","value":"{{ variables.turns + 1 }}"}},
          {"id":"more","type":"if","config":{"condition":"variables.turns < 3"}},
          {"id":"halve","type":"while","config":{"condition":"index < 2","body":{"nodes":[{"id":"half","type":"http","config":{"method":"POST","url":"WITNESS/half"}}],"edges":[]}}},
          {"id":"nap","type":"delay","config":{"duration":"30ms"}},
          {"id":"late","type":"delay","config":{"duration":"PT1H"}},
          {"id":"first","type":"join","config":{"mode":"any","cancelOthers":true,"combine":"first"}},
          {"id":"end","type":"output","config":{"value":"{{ {'turns': variables.turns, 'seen': variables.seen, 'items': items.output} }}"}}],
         "edges":[
          {"source":"start","target":"items"},{"source":"items","target":"turn"},{"source":"turn","target":"count"},{"source":"count","target":"more"},
          {"source":"more","target":"turn","port":"true"},{"source":"more","target":"halve","port":"false"},
          {"source":"halve","target":"nap"},{"source":"halve","target":"late"},{"source":"nap","target":"first"},{"source":"late","target":"first"},{"source":"first","target":"end"}]}
        """;

    private const string Part = """
        {"id":"part","name":"Part","nodes":[{"id":"ask","type":"http","config":{"method":"POST","url":"WITNESS/part"}},{"id":"answer","type":"transform","config":{"expression":"input * 10"}}],
         "edges":[{"source":"ask","target":"answer"}]}
        """;

    private const string Undo = """
        {"id":"undo","name":"Undo","nodes":[
          {"id":"a","type":"http","config":{"method":"POST","url":"WITNESS/a"},"compensation":{"type":"http","config":{"method":"POST","url":"WITNESS/undo-a"}}},
          {"id":"b","type":"http","config":{"method":"POST","url":"WITNESS/b"},"compensation":{"type":"http","config":{"method":"POST","url":"WITNESS/undo-b"}}},
          {"id":"c","type":"transform","config":{"expression":"1 / 0"},"onError":"compensate"}],
         "edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}
        """;

    [Fact]
    public async Task After_kills_at_any_point_of_any_construct_all_ends_as_it_should()
    {
        await using var witness = await Witness.StartAsync();
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        foreach (var document in new[] { Whole, Part, Undo })
        {
            var (status, body) = await server.PostAsync("api/v1/workflows", document.Replace("WITNESS", witness.Url, StringComparison.Ordinal));
            Assert.True(status == HttpStatusCode.Created, body.ToString());
        }
        var ids = new List<string>();
        for (var i = 0; i < Executions; i++)
            ids.Add((await server.PostAsync($"api/v1/workflows/{(i % 4 == 0 ? "undo" : "whole")}/execute", "{}")).Body.GetProperty("id").GetString()!);

        for (var kill = 0; kill < Kills; kill++)
        {
            // Each time at another point of the work.
            await witness.WhenCalledAsync(17 + (kill * 23));
            server.Kill();
            var recorded = RecordedEffects(server.DatabasePath);
            var before = witness.Keys.Count;
            await server.StartAgainAsync();
            Assert.Empty(witness.Keys.Skip(before).Intersect(recorded));
        }
        await AllEndedAsync(server);

        foreach (var id in ids)
            AssertEndedAsItShould(await server.GetAsync($"api/v1/executions/{id}"));
        var undone = Journals.Query(server.DatabasePath, "SELECT execution_id, group_concat(node_id) FROM (SELECT * FROM journal_events WHERE type = 'node_completed' AND node_id LIKE '%:compensation' ORDER BY seq) GROUP BY execution_id", row => row.GetString(1));
        Assert.Equal(Executions / 4, undone.Count);
        Assert.All(undone, order => Assert.Equal("b:compensation,a:compensation", order));
        // Children: one for each item, however often their parents were recovered.
        Assert.Equal([((Executions * 3 / 4) * 3).ToString(System.Globalization.CultureInfo.InvariantCulture)], Journals.Query(server.DatabasePath, "SELECT count(*) FROM workflow_executions WHERE workflowId = 'part'", row => row.GetInt64(0).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Journals.AssertWhole(server.DatabasePath);
    }

    private static void AssertEndedAsItShould(JsonElement execution)
    {
        if (execution.GetProperty("workflowId").GetString() == "undo")
        {
            Assert.Equal("failed", execution.GetProperty("status").GetString());
            Assert.Equal("expression", execution.GetProperty("errorDetail").GetProperty("type").GetString());
            return;
        }
        Assert.True(execution.GetProperty("status").GetString() == "completed", execution.ToString());
        Assert.Equal("""{"turns":3,"seen":[1,2,3],"items":[10,20,30]}""", execution.GetProperty("result").GetRawText());
    }

    private static async Task AllEndedAsync(ServerProcess server)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (Journals.Query(server.DatabasePath, "SELECT count(*) FROM workflow_executions WHERE status NOT IN ('completed', 'failed', 'cancelled')", row => row.GetInt64(0))[0] > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
    }

    private static HashSet<string> RecordedEffects(string database) =>
        [.. Journals.Query(database, "SELECT execution_id, node_id, coalesce(iteration, '') FROM journal_events WHERE type = 'node_completed'", row => $"{row.GetString(0)}:{row.GetString(1)}:{row.GetString(2)}:0")];
}
