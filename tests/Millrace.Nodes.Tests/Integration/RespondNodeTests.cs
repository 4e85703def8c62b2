using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Workers;
using Millrace.Nodes.Http;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Integration;

public sealed class RespondNodeTests
{
    private const string Document = """
        {"name": "t", "nodes": [
          {"id": "n", "type": "respond", "config": {"headers": {"Alt-Svc": "h3=':1'", "connection": "close", "X-A": "1"}}}], "edges": []}
        """;

    [Fact]
    public void A_workflow_saved_before_a_header_was_reserved_answers_without_it_and_says_so()
    {
        var registry = new NodeRegistry(NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly)));
        var saved = new TenantNodeTypes(registry, ImmutableDictionary<string, WorkerNodeType>.Empty, isSaved: true);
        var problems = new List<Problem>();
        var graph = GraphCompiler.Compile(MachineRun.Read(Document).Definition!, saved, problems);
        Assert.Empty(problems);

        var run = new MachineRun(graph!).Start("7");

        var completed = run.Journal.OfType<NodeCompleted>().Single(e => e.Node.Id == "n");
        Assert.Equal("""{"X-A":"1"}""", completed.Meta["headers"].ToJson());
        var lines = run.Journal.OfType<LogWritten>().ToList();
        Assert.Equal(["warn", "warn"], lines.Select(line => line.Line.Level));
        Assert.Contains("'Alt-Svc'", lines[0].Line.Message, StringComparison.Ordinal);
        Assert.Contains("'connection'", lines[1].Line.Message, StringComparison.Ordinal);
    }
}
