using Millrace.Core.Values;
using Millrace.Server.Http;

namespace Millrace.Server.Tests.Http;

public sealed class BodyFieldsTests
{
    [Theory]
    [InlineData("""{"workflowId": "a"}""", "a")]
    [InlineData("""{"workflow_id": "a"}""", "a")]
    [InlineData("{}", null)]
    public void A_field_may_be_in_camelCase_or_snake_case(string body, string? expected)
    {
        var bound = BodyFields.Bind(Map(body), fields => fields.Text("workflowId", 10));
        Assert.Null(bound.Problem);
        Assert.Equal(expected, bound.Value);
    }

    [Theory]
    [InlineData("""{"workflow": "a"}""", "/workflow", "workflowId")]
    [InlineData("""{"workflowid": "a"}""", "/workflowid", "workflowId")]
    [InlineData("""{"WorkflowId": "a"}""", "/WorkflowId", "workflowId")]
    [InlineData("""{"something": "a"}""", "/something", null)]
    [InlineData("""{"a/b~c": 1}""", "/a~1b~0c", null)]
    public void An_unknown_field_is_a_problem_with_a_guess(string body, string pointer, string? guess)
    {
        var problem = Assert.Single(BodyFields.Bind(Map(body), fields => fields.Text("workflowId", 10)).Problem!.Errors);
        Assert.Equal((pointer, "unknown_field", guess), (problem.Pointer, problem.Code, problem.Suggestion));
        if (guess is not null)
            Assert.EndsWith($"; did you mean '{guess}'?", problem.Message);
    }

    [Fact]
    public void However_much_is_unknown_the_reply_stays_small()
    {
        var many = Map($"{{{string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"f{i}\": 1"))}, \"{new string('x', 100_000)}\": 1}}");
        var problem = BodyFields.Bind(many, fields => fields.Text("workflowId", 10)).Problem!;
        Assert.Equal(21, problem.Errors.Count);
        Assert.Equal("981 more fields are unknown.", problem.Errors[^1].Message);

        var large = Map($"{{\"{new string('x', 100_000)}\": 1}}");
        Assert.True(Assert.Single(BodyFields.Bind(large, fields => fields.Text("workflowId", 10)).Problem!.Errors).Message.Length < 200);
    }

    [Fact]
    public void Fields_of_objects_and_lists_inside_have_their_own_pointers()
    {
        var body = Map("""{"filter": {"stat": "x"}, "lines": [{"level": "info"}, {"text": "hi"}, 7]}""");
        var bound = BodyFields.Bind(body, fields =>
        {
            fields.Inside("filter", filter => filter.Text("status", 10));
            return fields.Each("lines", 10, "{level}", line => line.Text("level", 10));
        });
        Assert.Equal(["/filter/stat", "/lines/1/text", "/lines/2"], bound.Problem!.Errors.Select(problem => problem.Pointer));
    }

    [Theory]
    [InlineData("""{"workflowId": "a", "workflow_id": "b"}""")]
    [InlineData("""{"input": 1, "params": 2}""")]
    public void The_same_thing_said_twice_is_a_problem(string body)
    {
        var bound = BodyFields.Bind(Map(body), fields => (fields.Text("workflowId", 10), fields.Any("input", "params")));
        Assert.Equal("duplicate_field", Assert.Single(bound.Problem!.Errors).Code);
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        var bound = BodyFields.Bind(Map("""{"dryrun": true, "to": "two"}"""), fields => (fields.Integer("to", 1, 9), fields.Flag("dryRun")));
        Assert.Equal([("/to", "wrong_type"), ("/dryrun", "unknown_field")], bound.Problem!.Errors.Select(problem => (problem.Pointer, problem.Code)));
    }

    private static MapValue Map(string json) => ValueJson.Parse(json).AsMap();
}
