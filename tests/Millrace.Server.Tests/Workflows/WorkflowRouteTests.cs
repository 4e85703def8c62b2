using Millrace.Core.Values;

namespace Millrace.Server.Tests.Workflows;

public sealed class WorkflowRouteTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Path = "/api/v1/workflows";

    [Fact]
    public async Task A_created_workflow_reads_back_with_its_authored_fields_and_its_document()
    {
        var created = await server.PostAsync(Path, Documents.With(Documents.Sum, "\"id\": \"sum-1\", \"custom\": 1.0"));
        Assert.Equal(201, created.Status);
        Assert.Equal("/api/v1/workflows/sum-1", created.Response.Headers.Location?.OriginalString);
        Assert.Equal("\"1\"", created.Header("ETag"));

        var read = await server.GetAsync(Path + "/sum-1");
        Assert.Equal(200, read.Status);
        Assert.Equal(created["definition"].ToJson(), read["definition"].ToJson());
        Assert.Equal("unknown_field", created["warnings"].AsList()[0]["code"].AsString());
        Assert.Equal("default", read["tenantId"].AsString());
        Assert.Equal("active", read["status"].AsString());
        Assert.Equal(2, read["nodes"].AsList().Count);
        Assert.Contains("\"custom\": 1.0", read.Text);
        Assert.Equal("start", read["definition"]["nodes"].AsList()[0]["id"].AsString());
    }

    [Fact]
    public async Task Server_owned_fields_of_a_body_are_ignored()
    {
        var created = await server.PostAsync(Path, Documents.With(Documents.Sum, """
            "tenantId": "other", "tenant_id": "other", "owner": "mallory", "version": "1.0", "createdAt": "1999-01-01T00:00:00Z", "status": "draft", "executionStats": {"total": 99}
            """));
        Assert.Equal(201, created.Status);
        Assert.Equal("default", created["tenantId"].AsString());
        Assert.True(created["tenant_id"].IsNull);
        Assert.True(created["owner"].IsNull);
        Assert.Equal(1, created["version"].AsInt());
        Assert.Equal("active", created["status"].AsString());
        Assert.Equal(0, created["executionStats"]["total"].AsInt());
        Assert.NotEqual("1999-01-01T00:00:00Z", created["createdAt"].AsString());
    }

    [Fact]
    public async Task An_id_that_is_taken_is_a_conflict()
    {
        await server.CreateAsync(Documents.With(Documents.Sum, "\"id\": \"taken\""));
        var second = await server.PostAsync(Path, Documents.With(Documents.Sum, "\"id\": \"taken\""));
        Assert.Equal(409, second.Status);
        Assert.Equal("id_taken", second["code"].AsString());
    }

    [Theory]
    [InlineData("../etc")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task An_id_that_cannot_be_one_is_refused_even_for_a_draft(string id)
    {
        foreach (var query in new[] { "", "?draft=true" })
        {
            var answer = await server.PostAsync(Path + query, Documents.With(Documents.Sum, $"\"id\": \"{id}\""));
            Assert.Equal(422, answer.Status);
            Assert.Equal("/id", answer["errors"].AsList()[0]["pointer"].AsString());
        }
    }

    [Fact]
    public async Task An_invalid_document_is_refused_with_every_problem_and_kept_only_as_a_draft()
    {
        var refused = await server.PostAsync(Path, Documents.Invalid);
        Assert.Equal(422, refused.Status);
        Assert.Equal("application/problem+json", refused.Response.Content.Headers.ContentType?.MediaType);
        var error = refused["errors"].AsList()[0];
        Assert.Equal("/nodes/0/type", error["pointer"].AsString());
        Assert.Equal("unknown_node_type", error["code"].AsString());

        var draft = await server.PostAsync(Path + "?draft=true", Documents.Invalid);
        Assert.Equal(201, draft.Status);
        Assert.Equal("draft", draft["status"].AsString());
        Assert.NotEmpty(draft["problems"].AsList());
        var id = draft["id"].AsString();
        Assert.Equal(409, (await server.PostAsync($"{Path}/{id}/execute", "{}")).Status);
        Assert.Equal(409, (await server.PostAsync($"{Path}/{id}/activate", null)).Status);
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("", "application/json")]
    [InlineData("{\"a\":1,\"a\":2}", "application/json")]
    [InlineData("a: [1", "application/yaml")]
    public async Task A_malformed_document_is_a_bad_request_that_says_where(string body, string contentType)
    {
        var answer = await server.PostAsync(Path, body, ("Content-Type", contentType));
        Assert.Equal(400, answer.Status);
        Assert.True(answer["errors"].AsList()[0]["line"].TryGetInt(out _));
    }

    [Fact]
    public async Task A_yaml_document_is_kept_verbatim_and_shown_as_a_tree()
    {
        const string Yaml = "# A comment\nname: From YAML\nnodes:\n  - {id: a, type: start}\nedges: []\n";
        var created = await server.PostAsync(Path, Yaml, ("Content-Type", "application/yaml"));
        Assert.Equal(201, created.Status);
        Assert.Equal("a", created["definition"]["nodes"].AsList()[0]["id"].AsString());
        var id = created["id"].AsString();
        Assert.Equal(Yaml, (await server.GetAsync($"{Path}/{id}/export?format=yaml")).Text);
        Assert.Equal("From YAML", (await server.GetAsync($"{Path}/{id}/export?format=json"))["name"].AsString());
        Assert.Equal(400, (await server.GetAsync($"{Path}/{id}/export?format=xml")).Status);
    }

    [Fact]
    public async Task Saving_makes_the_next_version_and_the_tag_guards_it()
    {
        var id = await server.CreateAsync(Documents.Sum);
        var saved = await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.Patient, ("If-Match", "\"1\""));
        Assert.Equal(200, saved.Status);
        Assert.Equal(2, saved["version"].AsInt());
        Assert.Equal("Patient", saved["name"].AsString());

        var stale = await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.Sum, ("If-Match", "\"1\""));
        Assert.Equal(412, stale.Status);
        Assert.Equal(412, (await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.Sum, ("If-Match", "nonsense"))).Status);
        Assert.Equal(412, (await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.Sum, ("If-None-Match", "*"))).Status);
        Assert.Equal(412, (await server.SendAsync(HttpMethod.Delete, $"{Path}/{id}", null, ("If-Match", "\"1\""))).Status);
        Assert.Equal(2, (await server.GetAsync($"{Path}/{id}"))["version"].AsInt());
    }

    [Fact]
    public async Task Putting_an_unknown_id_creates_it()
    {
        var created = await server.SendAsync(HttpMethod.Put, Path + "/chosen", Documents.Sum);
        Assert.Equal(201, created.Status);
        Assert.Equal("chosen", created["id"].AsString());
        Assert.Equal(422, (await server.SendAsync(HttpMethod.Put, Path + "/not%20an%20id", Documents.Sum)).Status);
    }

    [Fact]
    public async Task A_deleted_workflow_is_gone_and_its_id_stays_taken()
    {
        var id = await server.CreateAsync(Documents.Sum);
        Assert.Equal(204, (await server.SendAsync(HttpMethod.Delete, $"{Path}/{id}", null)).Status);
        Assert.Equal(404, (await server.GetAsync($"{Path}/{id}")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Delete, $"{Path}/{id}", null)).Status);
        Assert.Equal(404, (await server.PostAsync($"{Path}/{id}/execute", "{}")).Status);
        Assert.Equal(404, (await server.GetAsync($"{Path}/{id}/versions")).Status);
        Assert.Equal(404, (await server.GetAsync($"{Path}/{id}/versions/1")).Status);
        Assert.Equal(409, (await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.Sum)).Status);
    }

    [Fact]
    public async Task Switching_off_lasts_over_a_save_that_says_nothing()
    {
        var id = await server.CreateAsync(Documents.Sum);
        Assert.False((await server.PostAsync($"{Path}/{id}/deactivate", null))["isActive"].AsBool());
        Assert.False((await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.Sum))["isActive"].AsBool());
        Assert.True((await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.With(Documents.Sum, "\"is_active\": true")))["isActive"].AsBool());
        Assert.Equal(404, (await server.PostAsync(Path + "/nobody/activate", null)).Status);
    }

    [Fact]
    public async Task An_imported_workflow_is_off()
    {
        var imported = await server.PostAsync(Path + "/import", Documents.Sum);
        Assert.Equal(201, imported.Status);
        Assert.Equal("inactive", imported["status"].AsString());
    }

    [Fact]
    public async Task Validation_stores_nothing_and_lists_problems_and_graph()
    {
        var before = (await server.GetAsync(Path + "?limit=200")).Body.AsList().Count;
        var valid = await server.PostAsync(Path + "/validate", Documents.Sum);
        Assert.True(valid["valid"].AsBool());
        Assert.Equal(2, valid["graph"]["nodes"].AsList().Count);
        Assert.Equal("sum", valid["graph"]["edges"].AsList()[0]["target"].AsString());
        var invalid = await server.PostAsync(Path + "/validate", Documents.Invalid);
        Assert.Equal(200, invalid.Status);
        Assert.False(invalid["valid"].AsBool());
        Assert.NotEmpty(invalid["errors"].AsList());
        Assert.Equal(400, (await server.PostAsync(Path + "/validate", "nonsense")).Status);
        Assert.Equal(before, (await server.GetAsync(Path + "?limit=200")).Body.AsList().Count);
    }

    [Fact]
    public async Task Versions_can_be_listed_read_compared_and_restored()
    {
        var id = await server.CreateAsync(Documents.Sum);
        await server.SendAsync(HttpMethod.Put, $"{Path}/{id}", Documents.Patient);
        var versions = (await server.GetAsync($"{Path}/{id}/versions")).Body.AsList();
        Assert.Equal([2, 1], ((IEnumerable<Value>)versions).Select(version => version["version"].AsInt()));
        Assert.Equal("Sum", (await server.GetAsync($"{Path}/{id}/versions/1"))["definition"]["name"].AsString());

        var diff = await server.GetAsync($"{Path}/{id}/versions/1/diff/2");
        Assert.Equal(2, diff["nodes"]["added"].AsList().Count);
        Assert.Equal("sum", diff["nodes"]["removed"].AsList()[0]["id"].AsString());

        var restored = await server.PostAsync($"{Path}/{id}/versions/1/restore", null);
        Assert.Equal(200, restored.Status);
        Assert.Equal(3, restored["version"].AsInt());
        Assert.Equal("Sum", restored["name"].AsString());
        foreach (var path in new[] { "/versions/9", "/versions/x", "/versions/0", "/versions/1/diff/9", "/versions/99999999999" })
            Assert.Equal(404, (await server.GetAsync($"{Path}/{id}{path}")).Status);
        Assert.Equal(404, (await server.PostAsync($"{Path}/{id}/versions/9/restore", null)).Status);
        Assert.Equal(400, (await server.GetAsync($"{Path}/{id}/versions?cursor=x")).Status);
    }

    [Fact]
    public async Task Lists_are_bare_arrays_that_lead_to_their_next_page()
    {
        for (var i = 0; i < 5; i++)
            await server.CreateAsync(Documents.With(Documents.Sum, "\"tags\": [\"paged\"]"));
        var first = await server.GetAsync(Path + "?tags=paged&limit=2");
        Assert.Equal(2, first.Body.AsList().Count);
        var next = first.Header("Link")!.Split('<', '>')[1];
        Assert.Contains($"cursor={first.Header("X-Next-Cursor")}", next);
        var second = await server.GetAsync(next);
        var third = await server.GetAsync(second.Header("Link")!.Split('<', '>')[1]);
        Assert.Single(third.Body.AsList());
        Assert.Null(third.Header("X-Next-Cursor"));
        var ids = new[] { first, second, third }.SelectMany(page => page.Body.AsList()).Select(workflow => workflow["id"].AsString());
        Assert.Equal(5, ids.Distinct(StringComparer.Ordinal).Count());
        var byNumber = await server.GetAsync(Path + "?tags=paged&page=2&page_size=2");
        Assert.Equal(second.Body.ToJson(), byNumber.Body.ToJson());
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=x")]
    [InlineData("page=0")]
    [InlineData("active_only=perhaps")]
    public async Task A_wrong_parameter_is_a_bad_request(string query)
    {
        var answer = await server.GetAsync($"{Path}?{query}");
        Assert.Equal(400, answer.Status);
        Assert.Equal("invalid_parameter", answer["code"].AsString());
    }

    [Fact]
    public async Task The_same_key_creates_one_workflow()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.PostAsync(Path, Documents.Sum, ("Idempotency-Key", "create-once"))));
        Assert.All(answers, answer => Assert.Equal(201, answer.Status));
        Assert.Single(answers.Select(answer => answer["id"].AsString()).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        var answer = await server.PostAsync(Path, "\"" + new string('x', 4 * 1024 * 1024) + "\"");
        Assert.Equal(413, answer.Status);
        Assert.Equal("body_too_large", answer["code"].AsString());
    }

    [Fact]
    public async Task All_problems_are_told_at_once_whoever_finds_them()
    {
        var answer = await server.PostAsync("/api/v1/workflows/validate", """
            {"name": "Wrong", "nodes": [
              {"id": "a", "type": "unknown-thing"},
              {"id": "b", "type": "webhook", "config": {"path": "a/../b"}},
              {"id": "c", "type": "forEach", "config": {"items": [1], "body": {"nodes": [{"id": "d", "type": "limit", "config": {"count": -1}}], "edges": []}}},
              {"id": "e", "type": "http", "config": {"url": 5}}], "edges": []}
            """);

        Assert.Equal(["/nodes/0/type", "/nodes/1/config/path", "/nodes/2/config/body/nodes/0/config/count", "/nodes/3/config/url"],
            answer["errors"].AsList().ToArray().Select(error => error["pointer"].AsString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_draft_is_not_active_until_it_is_finished()
    {
        var draft = await server.PostAsync(
            Path + "?draft=true", """{"id": "sketch", "name": "Sketch", "nodes": [{"id": "a", "type": "nothing"}], "edges": []}""");
        Assert.Equal(("draft", false), (draft["status"].AsString(), draft["isActive"].AsBool()));
        var active = await server.GetAsync(Path + "?active_only=true&limit=200");
        Assert.DoesNotContain(active.Body.AsList(), workflow => workflow["id"].Equals("sketch"));

        var finished = await server.SendAsync(
            HttpMethod.Put, Path + "/sketch", """{"name": "Sketch", "nodes": [{"id": "a", "type": "noop"}], "edges": []}""");
        Assert.Equal(("active", true), (finished["status"].AsString(), finished["isActive"].AsBool()));
    }
}
