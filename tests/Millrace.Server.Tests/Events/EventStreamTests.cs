using Millrace.Core.Values;

namespace Millrace.Server.Tests.Events;

public sealed class EventStreamTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static string Path(string execution) => $"/api/v1/executions/{execution}/events";

    [Fact]
    public async Task An_ended_execution_is_told_from_its_first_event_to_its_end()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum), """{"input": {"x": 1}}""", "?wait=10");
        await using var stream = await SseReader.OpenAsync(server, Path(execution));
        var events = await stream.ReadToEndAsync();
        var journal = (await server.GetAsync($"/api/v1/executions/{execution}/journal")).Body.AsList();
        Assert.Equal(((IEnumerable<Value>)journal).Select(e => e.ToJson()), events.Select(e => e.Data.ToJson()));
        Assert.All(events, e => Assert.Equal(e.Data["seq"].ToJson(), e.Id));
        Assert.All(events, e => Assert.Equal(e.Data["type"].AsString(), e.Type));
        Assert.Null(await stream.NextAsync());
    }

    [Fact]
    public async Task Who_resumes_gets_what_is_missing_and_nothing_twice()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum), """{"input": {"x": 1}}""", "?wait=10");
        await using var whole = await SseReader.OpenAsync(server, Path(execution));
        var all = await whole.ReadToEndAsync();
        for (var seen = 0; seen <= all.Count; seen++)
        {
            await using var byHeader = await SseReader.OpenAsync(server, Path(execution), seen.ToString());
            Assert.Equal(all.Skip(seen).Select(e => e.Id), (await byHeader.ReadToEndAsync()).Select(e => e.Id));
            await using var byQuery = await SseReader.OpenAsync(server, Path(execution) + "?after=" + seen);
            Assert.Equal(all.Skip(seen).Select(e => e.Id), (await byQuery.ReadToEndAsync()).Select(e => e.Id));
        }
    }

    [Fact]
    public async Task Live_events_follow_stored_ones_without_a_gap()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Patient));
        await using var stream = await SseReader.OpenAsync(server, Path(execution));
        var first = await stream.NextAsync();
        Assert.Equal("workflow_started", first!.Type);
        var cancelled = await server.PostAsync($"/api/v1/executions/{execution}/cancel", """{"reason": "enough"}""");
        Assert.Equal(202, cancelled.Status);
        var rest = await stream.ReadToEndAsync();
        Assert.Equal("workflow_cancelled", rest[^1].Type);
        Assert.Equal("enough", rest[^1].Data["data"]["reason"].AsString());
        Assert.Equal(Enumerable.Range(1, rest.Count + 1).Select(seq => seq.ToString()), rest.Prepend(first).Select(e => e.Id));
    }

    [Fact]
    public async Task Many_readers_that_come_at_any_moment_all_hear_the_same()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Steps", "nodes": [{"id": "a", "type": "delay", "config": {"duration": 30}}, {"id": "b", "type": "delay", "config": {"duration": 30}}, {"id": "c", "type": "noop"}],
             "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "c"}]}
            """);
        var execution = await server.ExecuteAsync(workflow);
        var heard = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            for (var turns = 0; turns < i * 20; turns++)
                await Task.Yield();
            await using var stream = await SseReader.OpenAsync(server, Path(execution));
            return string.Join(',', (await stream.ReadToEndAsync()).Select(e => e.Id));
        }));
        Assert.Single(heard.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_workflow_s_events_are_those_of_all_its_executions_in_order_and_resumable()
    {
        var workflow = await server.CreateAsync(Documents.Sum);
        var other = await server.CreateAsync(Documents.Sum);
        await using var live = await SseReader.OpenAsync(server, $"/api/v1/workflows/{workflow}/events");
        var executions = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            executions.Add(await server.ExecuteAsync(workflow, """{"input": {"x": 1}}""", "?wait=10"));
            await server.ExecuteAsync(other, """{"input": {"x": 1}}""", "?wait=10");
        }
        var length = (await server.GetAsync($"/api/v1/executions/{executions[0]}/journal")).Body.AsList().Count;
        var heard = await TakeAsync(live, 3 * length);
        Assert.Equal(executions.SelectMany(id => Enumerable.Range(1, length).Select(seq => $"{id} {seq}")), heard.Select(Name));

        await using var past = await SseReader.OpenAsync(server, $"/api/v1/workflows/{workflow}/events?after=0");
        Assert.Equal(heard.Select(e => e.Id), (await TakeAsync(past, heard.Count)).Select(e => e.Id));
        for (var seen = 0; seen < heard.Count - 1; seen++)
        {
            await using var resumed = await SseReader.OpenAsync(server, $"/api/v1/workflows/{workflow}/events", heard[seen].Id);
            Assert.Equal(heard.Skip(seen + 1).Select(e => e.Id), (await TakeAsync(resumed, heard.Count - seen - 1)).Select(e => e.Id));
        }
    }

    [Fact]
    public async Task All_events_of_many_executions_at_once_arrive_once_each()
    {
        var workflow = await server.CreateAsync(Documents.Sum);
        await using var live = await SseReader.OpenAsync(server, "/api/v1/events/stream");
        var executions = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.ExecuteAsync(workflow, """{"input": {"x": 1}}""", "?wait=10")));
        var length = (await server.GetAsync($"/api/v1/executions/{executions[0]}/journal")).Body.AsList().Count;
        var heard = new List<string>();
        while (heard.Count < executions.Length * length)
        {
            var e = await live.NextAsync();
            // Other tests of this class run executions on the same server.
            if (string.Equals(e!.Data["workflowId"].AsString(), workflow, StringComparison.Ordinal))
                heard.Add(Name(e));
        }
        var expected = executions.SelectMany(id => Enumerable.Range(1, length).Select(seq => $"{id} {seq}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), heard.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1.x")]
    [InlineData("-1")]
    public async Task A_place_in_no_feed_is_a_bad_request(string after)
    {
        Assert.Equal(400, (await server.GetAsync("/api/v1/events/stream?after=" + after)).Status);
        Assert.Equal(404, (await server.GetAsync("/api/v1/workflows/nobody/events")).Status);
    }

    private static string Name(ServerSentEvent e) => $"{e.Data["executionId"].AsString()} {e.Data["seq"].ToJson()}";

    private static async Task<List<ServerSentEvent>> TakeAsync(SseReader stream, int count)
    {
        var events = new List<ServerSentEvent>();
        while (events.Count < count)
            events.Add(await stream.NextAsync() ?? throw new InvalidOperationException("The stream ended."));
        return events;
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    public async Task A_place_that_is_none_is_a_bad_request(string after)
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum));
        Assert.Equal(400, (await server.GetAsync(Path(execution) + "?after=" + after)).Status);
        Assert.Equal(400, (await server.GetAsync(Path(execution), ("Last-Event-ID", after))).Status);
    }
}
