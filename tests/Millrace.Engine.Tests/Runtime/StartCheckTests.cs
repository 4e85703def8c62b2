using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Runtime;

public sealed class StartCheckTests
{
    private const string Document = """
        {"name":"t","inputSchema":{"properties":{"n":{"type":"integer"}}},"nodes":[
          {"id":"s1","type":"start","config":{"schema":{"required":["a"]}}},{"id":"s2","type":"start","config":{"schema":{"required":["b"]}}},
          {"id":"off","type":"manualInput","disabled":true},{"id":"on/off","type":"manualInput"}],"edges":[]}
        """;

    [Fact]
    public void Every_problem_is_reported_at_once() =>
        Assert.Equal(["/input/n", "/input/a", "/input/b", "/inputs/on~1off", "/inputs/gone"], Problems("""{"n":"x"}""", """{"gone":1}"""));

    [Fact]
    public void Only_the_start_node_that_fires_and_nodes_that_run_matter() =>
        Assert.Empty(Problems("""{"b":1}""", """{"on/off":1}""", "s2"));

    [Fact]
    public void A_start_node_that_does_not_exist_is_named() => Assert.Contains("/startNode", Problems("{}", "{}", "gone"));

    private static IEnumerable<string> Problems(string input, string inputs, string? startNode = null) => StartCheck.Run(
        MachineRun.Of(Document).Graph,
        new StartRequest { Tenant = "t", WorkflowId = "w", Input = ValueJson.Parse(input), Inputs = ValueJson.Parse(inputs).AsMap(), StartNode = startNode }).Select(problem => problem.Pointer);
}
