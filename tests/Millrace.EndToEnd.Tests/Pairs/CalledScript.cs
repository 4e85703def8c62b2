using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.EndToEnd.Tests.Pairs;

/// <summary>How effects go that are calls of a witness, and children that are executions of their own.</summary>
internal sealed class CalledScript(int seed, Plan plan) : Script(seed, plan)
{
    /// <summary>A workflow for children that complete, and what it gives.</summary>
    public const string Completing = """{"id":"completing","name":"Completing","nodes":[{"id":"only","type":"noop","config":{"output":7}}],"edges":[]}""";

    /// <summary>A workflow for children that fail.</summary>
    public const string Failing = """{"id":"failing","name":"Failing","nodes":[{"id":"only","type":"fail","config":{"message":"simulated"}}],"edges":[]}""";

    /// <summary>What the nodes of a plan are in a document for a server: calls of an address, and children.</summary>
    public static (string Type, MapValue Config) Effect(PlanNode node, string url) => node.Type == "noop"
        ? ("http", MapValue.Of(("method", "POST"), ("url", $"{url}/{node.Id}"), ("body", "{{ data }}")))
        : ("subworkflow", MapValue.Of("workflowId", node.FailPercent == 100 ? "failing" : "completing"));

    /// <summary>What the witness answers to a call of one of its nodes.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="iteration">Its iteration.</param>
    /// <param name="times">How often it was called for that run.</param>
    public WitnessAnswer AnswerTo(string nodeId, string iteration, int times) => Status(Find(nodeId), iteration, times) is var status && status == 200
        ? new WitnessAnswer(status, Body(nodeId, iteration).ToJson())
        : new WitnessAnswer(status, "{}");

    protected override NodeOutcome Draw(string nodeId, string iteration, int attempt)
    {
        var node = Find(nodeId);
        if (node.Type == "subworkflow")
            return node.FailPercent == 100 ? NodeOutcome.Failed("fail", "simulated") : NodeOutcome.Completed(7L);
        var status = Status(node, iteration, attempt);
        return status == 200
            ? NodeOutcome.Completed(OutputOf(Body(nodeId, iteration)))
            : NodeOutcome.Failed("http", $"{nodeId} broke.", retryable: status >= 500);
    }

    // A crash may hide calls from the journal, so that what counts attempts must end well, whenever it does.
    private int Status(PlanNode node, string iteration, int attempt)
    {
        if (node.FailPercent == 0)
            return 200;
        var chance = Chance($"{node.Id}|{iteration}");
        var failures = (int)(chance % (ulong)(node.Attempts + 1));
        if (node.FailPercent < 100 && failures < node.Attempts && attempt > failures)
            return 200;
        return chance / 100 % 3 > 0 ? 503 : 422;
    }

    private Value Body(string nodeId, string iteration) => (long)(Chance($"{nodeId}|{iteration}|body") % 10);

    private static MapValue OutputOf(Value body)
    {
        var headers = MapValue.Of(("date", WitnessAnswer.Date), ("content-type", WitnessAnswer.ContentType), ("content-length", "1"));
        return MapValue.Of(("status", 200L), ("headers", headers), ("body", body));
    }
}
