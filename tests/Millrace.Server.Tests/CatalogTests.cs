using Millrace.Core.Values;

namespace Millrace.Server.Tests;

public sealed class CatalogTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Node_types_come_with_their_schemas()
    {
        var all = (await server.GetAsync("/api/v1/nodes")).Body.AsList();
        Assert.Contains((IEnumerable<Value>)all, type => type["type"].AsString() == "conditional");
        Assert.All((IEnumerable<Value>)all, type => Assert.Equal("object", type["configSchema"]["type"].AsString()));
        var one = await server.GetAsync("/api/v1/nodes/add_field");
        Assert.Equal("addField", one["type"].AsString());
        Assert.Equal("pure", one["kind"].AsString());
    }

    [Fact]
    public async Task A_misspelt_node_type_gets_a_suggestion()
    {
        var answer = await server.GetAsync("/api/v1/nodes/conditionl");
        Assert.Equal(404, answer.Status);
        Assert.Contains("'conditional'", answer["detail"].AsString());
    }

    [Theory]
    [InlineData("""{"expression": "input.x + 1", "context": {"input": {"x": 2}}}""", "3", "int")]
    [InlineData("""{"expression": "[1, 2].map(x, x * 2)"}""", "[2,4]", "list")]
    [InlineData("""{"expression": "duration('90s')"}""", "\"90s\"", "google.protobuf.Duration")]
    [InlineData("""{"expression": "Hi {{ input.name }}!", "context": {"input": {"name": "Ada"}}, "template": true}""", "\"Hi Ada!\"", "string")]
    public async Task Expressions_can_be_tried(string body, string value, string type)
    {
        var answer = await server.PostAsync("/api/v1/expressions/evaluate", body);
        Assert.Equal(200, answer.Status);
        Assert.Equal(value, answer["value"].ToJson());
        Assert.Equal(type, answer["type"].AsString());
        Assert.True(answer["cost"].TryGetInt(out _));
    }

    [Theory]
    [InlineData("""{"expression": "1 +"}""", 400, "invalid_expression")]
    [InlineData("""{"expression": "input.x"}""", 400, "evaluation_failed")]
    [InlineData("""{"expression": "0.0 / 0.0"}""", 400, "evaluation_failed")]
    [InlineData("""{"expression": "{{ 1 +", "template": true}""", 400, "invalid_expression")]
    [InlineData("""{"expression": 5}""", 422, "invalid")]
    [InlineData("""{}""", 422, "invalid")]
    [InlineData("""{"expression": "1", "context": 5}""", 422, "invalid")]
    [InlineData("""{"expression": "1", "template": "yes"}""", 422, "invalid")]
    public async Task An_expression_that_fails_says_why_and_where(string body, int status, string code)
    {
        var answer = await server.PostAsync("/api/v1/expressions/evaluate", body);
        Assert.Equal(status, answer.Status);
        Assert.Equal(code, answer["code"].AsString());
        Assert.Equal("/" + (body.Contains("context", StringComparison.Ordinal) ? "context" : body.Contains("\"yes\"", StringComparison.Ordinal) ? "template" : "expression"), answer["errors"].AsList()[0]["pointer"].AsString());
    }
}
