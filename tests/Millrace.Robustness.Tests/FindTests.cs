using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Fuzz.Targets;
using Millrace.Robustness.Tests.Connections;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests;

/// <summary>What the search has found, one test each, so that it is not found again.</summary>
public sealed class FindTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("-Infinity")]
    [InlineData("Infinity")]
    [InlineData("NaN")]
    [InlineData("-NaN")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("-%E2%88%9E")]
    public async Task A_wait_that_is_no_length_of_time_is_a_bad_request(string wait)
    {
        var id = await server.CreateAsync(Server.Tests.Documents.Sum);
        var answer = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait={wait}", "{}");
        Assert.Equal(400, answer.Status);
        Assert.Equal("'wait' must be a number of seconds from 0 to 60.", answer["detail"].AsString());
    }

    [Theory]
    [InlineData("PUT", "/api/v1/secrets/a", """{"value": "v"}""")]
    [InlineData("DELETE", "/api/v1/secrets/a", null)]
    [InlineData("POST", "/api/v1/workflows", """{"value": "v"}""")]
    public async Task A_key_against_repetition_that_is_too_long_is_the_callers_mistake_whatever_it_is_sent_with(
        string method, string path, string? body)
    {
        var answer = await server.SendAsync(HttpMethod.Parse(method), path, body, ("Idempotency-Key", new string('k', 256)));
        Assert.Equal((400, "malformed_request"), (answer.Status, answer["code"].AsString()));
    }

    [Fact]
    public async Task A_chunk_of_a_size_beyond_all_numbers_is_a_bad_request()
    {
        using var connection = await RawConnection.OpenAsync(server.Client.BaseAddress!, TestContext.Current.CancellationToken);
        var request = RawRequest.Json("POST", "/api/v1/workflows/validate", "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n").With(("Transfer-Encoding", "chunked"));
        var answer = await connection.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(400, answer?.Status);
        Assert.Contains("The body cannot be read completely", answer!.Text);
    }

    [Theory]
    [InlineData("/api/v1/workflows/validate")]
    [InlineData("/api/v1/workflows")]
    [InlineData("/api/v1/expressions/evaluate")]
    [InlineData("/webhooks/find")]
    public async Task A_refusal_does_not_recite_the_document(string path)
    {
        var literal = new string('f', 30_000);
        await server.PostAsync(
            "/api/v1/workflows",
            """{"id": "find", "name": "x", "nodes": [{"id": "in", "type": "webhook", "config": {"path": "find"}}]}""");
        var answer = await server.PostAsync(path, $"{{\"a\": {literal}}}");
        Assert.Contains("malformed_json", answer.Text);
        Assert.InRange(answer.Text.Length, 100, 1_500);
    }

    [Theory]
    [InlineData("99999999999999999999")]
    [InlineData("7")]
    [InlineData("0")]
    [InlineData("Fail,Continue")]
    [InlineData("")]
    public void A_journal_row_with_a_number_for_a_name_is_damaged(string handling)
    {
        var row = """[{"seq":1,"type":"node_failed","time":"2026-01-01T00:00:00Z","nodeId":"start","data":{"attempt":1,"duration":0,"error":{"type":"x","message":"y"},"handling":"X"}}]""".Replace("X", handling);
        var definition = DefinitionReader.Read("""{"name":"x","nodes":[{"id":"start","type":"start"}],"edges":[]}"""u8, DocumentFormat.Json, DefinitionTarget.Types).Definition!;
        var graph = GraphCompiler.Compile(definition, DefinitionTarget.Types, [])!;
        var damaged = Assert.Throws<InvalidDataException>(() => EventReader.ReadAll(Encoding.UTF8.GetBytes(row), graph, StoredValues.Inline));
        Assert.Contains("at its event 1", damaged.Message);
    }
}
