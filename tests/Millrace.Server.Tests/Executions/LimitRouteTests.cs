using Millrace.Core.Values;

namespace Millrace.Server.Tests.Executions;

public sealed class LimitRouteTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task An_execution_that_waits_for_a_slot_says_so_and_so_do_the_limits()
    {
        var id = await server.CreateAsync(Documents.With(Documents.Patient, """ "settings": {"concurrency": {"limit": 1, "key": "{{input.customer}}"}} """));
        await server.ExecuteAsync(id, """{"input": {"customer": "Ann Ü/1"}}""");
        await server.ExecuteAsync(id, """{"input": {"customer": "Bob"}}""");

        var held = await server.PostAsync($"/api/v1/workflows/{id}/execute", """{"input": {"customer": "Ann Ü/1"}}""");

        Assert.Equal((202, "pending"), (held.Status, held["status"].AsString()));
        var expected = $$"""{"type":"concurrency","scope":"workflow","workflowId":"{{id}}","key":"Ann Ü/1","limit":1}""";
        Assert.Equal(expected, held["pendingReason"].ToJson());
        Assert.Equal(expected, (await server.GetAsync($"/api/v1/executions/{held["id"].AsString()}"))["pendingReason"].ToJson());

        var first = await server.GetAsync("/api/v1/limits?limit=1");
        Assert.Equal($$"""[{"scope":"workflow","workflowId":"{{id}}","key":"Ann Ü/1","limit":1,"inUse":1,"waiting":1}]""", first.Text.TrimEnd());
        var next = await server.GetAsync($"/api/v1/limits?limit=1&cursor={Uri.EscapeDataString(first.Header("X-Next-Cursor")!)}");
        Assert.Equal($$"""[{"scope":"workflow","workflowId":"{{id}}","key":"Bob","limit":1,"inUse":1,"waiting":0}]""", next.Text.TrimEnd());
        Assert.Null(next.Header("X-Next-Cursor"));
    }

    [Fact]
    public async Task An_execution_that_waits_for_its_time_says_until_when()
    {
        var id = await server.CreateAsync(Documents.With(Documents.Sum, """ "settings": {"rate_limit": {"limit": 1, "per": "PT1H"}} """));
        await server.ExecuteAsync(id, """{"input": {"x": 1}}""");

        var held = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=0.05", """{"input": {"x": 1}}""");

        Assert.Equal((202, "pending", "rate"), (held.Status, held["status"].AsString(), held["pendingReason"]["type"].AsString()));
        Assert.InRange(DateTimeOffset.Parse(held["pendingReason"]["until"].AsString()), DateTimeOffset.UtcNow.AddMinutes(58), DateTimeOffset.UtcNow.AddMinutes(61));
        Assert.True((await server.GetAsync($"/api/v1/executions?workflow_id={id}&status=completed")).Body.AsList()[0]["pendingReason"].IsNull);
    }

    [Fact]
    public async Task A_start_without_a_value_for_the_key_is_422()
    {
        var id = await server.CreateAsync(Documents.With(Documents.Sum, """ "settings": {"concurrency": {"limit": 1, "key": "{{input.customer}}"}} """));
        var refused = await server.PostAsync($"/api/v1/workflows/{id}/execute", """{"input": {}}""");
        Assert.Equal(422, refused.Status);
        Assert.Equal("limit_key", refused["errors"].AsList()[0]["code"].AsString());
    }

    [Fact]
    public async Task A_tenants_limits_are_settings_of_the_server()
    {
        await using var limited = await ServerFixture.StartAsync("--tenant-concurrency", "1", "--tenant-start-rate", "100/1m");
        var id = await limited.CreateAsync(Documents.Patient);
        var first = await limited.ExecuteAsync(id);
        var second = await limited.PostAsync($"/api/v1/workflows/{id}/execute", "{}");
        Assert.Equal("""{"type":"concurrency","scope":"tenant","workflowId":null,"key":null,"limit":1}""", second["pendingReason"].ToJson());

        Assert.Equal(202, (await limited.PostAsync($"/api/v1/executions/{first}/cancel", "{}")).Status);
        var rows = """[{"scope":"tenant","workflowId":null,"key":null,"limit":1,"inUse":1,"waiting":0}]""";
        var patience = DateTimeOffset.UtcNow.AddSeconds(30);
        while ((await limited.GetAsync($"/api/v1/executions/{second["id"].AsString()}"))["status"].AsString() != "waiting")
            Assert.True(DateTimeOffset.UtcNow < patience, "The second execution did not start.");
        Assert.Equal(rows, (await limited.GetAsync("/api/v1/limits")).Text.TrimEnd());
    }
}
