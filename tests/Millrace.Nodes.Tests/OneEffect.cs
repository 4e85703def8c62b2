using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Expressions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Effects;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Tests;

/// <summary>Runs one attempt of one effect, without an engine.</summary>
internal static class OneEffect
{
    public static async Task<NodeOutcome> RunAsync(
        NodeType type, string config, string data = "null", List<string>? tokens = null, int attempt = 1, string tenant = "acme", IBlobStore? blobs = null, CancellationToken cancellation = default)
    {
        var problems = Problems(type, config, out var graph);
        Assert.True(graph is not null, string.Join('\n', problems));
        var effect = (ExecutableEffect)graph.Find("n")!.Logic;
        var input = ValueJson.Parse(data);
        var rendered = effect.Config.Evaluate(new Bindings(MapValue.Of(("data", input), ("input", input))));
        Assert.True(rendered.Succeeded, rendered.Error);
        var context = new EffectContext
        {
            Tenant = tenant,
            ExecutionId = "e1",
            WorkflowId = "w1",
            NodeId = "n",
            Attempt = attempt,
            Data = input,
            Time = TimeProvider.System,
            Host = new NoHost("e1") { Blobs = blobs, OnToken = tokens is null ? null : tokens.Add },
        };
        var outcome = await effect.RunAsync(rendered.Value, context, cancellation);
        return outcome with { Logs = [.. context.Logs, .. outcome.Logs] };
    }

    /// <summary>What saving it finds.</summary>
    public static List<Problem> Problems(NodeType type, string config, out CompiledGraph? graph)
    {
        var types = new NodeRegistry([type]);
        var document = $$"""{"name":"t","nodes":[{"id":"n","type":"{{type.Description.Type}}","config":{{config}}}],"edges":[]}""";
        var read = DefinitionReader.Read(Encoding.UTF8.GetBytes(document), DocumentFormat.Json, types);
        var problems = read.Problems.Where(problem => problem.Severity == Severity.Error).ToList();
        graph = null;
        if (read.Definition is null)
            return problems;
        problems.AddRange(
            DefinitionValidator.Validate(read.Definition, read.Document, types).Where(problem => problem.Code is not "no_start"));
        graph = problems.Exists(problem => problem.Severity == Severity.Error)
            ? null
            : GraphCompiler.Compile(read.Definition, types, problems);
        return [.. read.Locate(problems)];
    }

    /// <summary>The one error that saving it finds.</summary>
    public static Problem Error(NodeType type, string config) =>
        Assert.Single(Problems(type, config, out _), problem => problem.Severity == Severity.Error);
}
