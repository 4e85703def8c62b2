using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Fuzz.Targets;
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
        var damaged = Assert.Throws<InvalidDataException>(() => EventReader.ReadAll(Encoding.UTF8.GetBytes(row), graph));
        Assert.Contains("at its event 1", damaged.Message);
    }
}
