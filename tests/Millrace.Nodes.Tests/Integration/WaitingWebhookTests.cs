using Millrace.Core.Executions;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Integration;

public sealed class WaitingWebhookTests
{
    [Fact]
    public void A_webhook_that_another_node_leads_to_waits_as_a_callback()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"s","type":"start"},{"id":"paid","type":"webhook","config":{"path":"/paid"}},
              {"id":"end","type":"stop"}],
             "edges":[{"source":"s","target":"paid"},{"source":"paid","target":"end"}]}
            """).Start();
        Assert.Equal("callback", run.Graph.Find("paid")!.Type.Type);
        Assert.Equal(ExecutionStatus.Waiting, run.State.Status);
    }

    [Fact]
    public void A_webhook_that_begins_is_a_start_also_where_a_loop_leads_back_to_it()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"hook","type":"webhook","config":{"path":"in"}},{"id":"a","type":"noop"}],
             "edges":[{"source":"hook","target":"a"},{"source":"a","target":"hook","when":"false"}]}
            """);
        Assert.Equal("webhook", run.Graph.Find("hook")!.Type.Type);
    }
}
