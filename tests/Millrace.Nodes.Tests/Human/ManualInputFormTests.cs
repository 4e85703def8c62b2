using Millrace.Core.Executions;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Human;

public sealed class ManualInputFormTests
{
    private const string Form = """{"form":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]},"field":"where"}""";

    [Fact]
    public void Without_a_value_it_waits_for_the_form()
    {
        var run = MachineRun.Of(OneNode.Document("manualInput", Form)).Start();
        Assert.Equal((NodeStatus.Waiting, "form"), (run.Status("n"), run.Run("n")!.Wait!.Kind));
        run.Answer("n", """{"data":{"city":"Ulm"}}""");
        Assert.Equal("""{"where":{"city":"Ulm"}}""", run.OutputJson("n"));
        run.AssertReplays();
    }

    [Fact]
    public void A_value_given_at_the_start_needs_no_person()
    {
        var run = MachineRun.Of(OneNode.Document("manualInput", Form)).Start(inputs: """{"n":{"city":"Ulm"}}""");
        Assert.Equal("""{"where":{"city":"Ulm"}}""", run.OutputJson("n"));
    }

    [Fact]
    public void A_default_needs_no_person_either() =>
        Assert.Equal("1", OneNode.Output("manualInput", """{"form":{"type":"integer"},"default":1}"""));

    [Fact]
    public void A_value_given_at_the_start_is_held_against_the_form()
    {
        var problem = Assert.Single(OneNode.StartProblems("manualInput", Form, inputs: """{"n":{"city":5}}"""));
        Assert.Equal(("/inputs/n/city", "invalid_input"), (problem.Pointer, problem.Code));
        Assert.Empty(OneNode.StartProblems("manualInput", Form));
    }

    [Fact]
    public void The_node_s_timeout_ends_the_wait()
    {
        var run = MachineRun.Of(OneNode.Document("manualInput", Form, ""","timeout":"PT1H" """)).Start().Advance(TimeSpan.FromHours(1));
        Assert.Equal((ExecutionStatus.Failed, "timeout"), (run.State.Status, run.State.Error!.Type));
    }

    [Fact]
    public void A_form_that_is_no_schema_is_found_at_save()
    {
        var problem = OneNode.Problem("manualInput", """{"form":{"fields":[]}}""");
        Assert.Equal(("invalid_schema", "/nodes/0/config/form/fields"), (problem.Code, problem.Pointer));
    }
}
