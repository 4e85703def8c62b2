using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests.Processes;

namespace Millrace.Tests.Served;

/// <summary>How effects go that are calls of a witness, and children that are executions of their own.</summary>
internal sealed class CalledScript(int seed, Plan plan) : Script(seed, plan)
{
    // A child that may fail in a plan always fails or never, since it knows nothing of its parent's attempts.
    private const int LeastPercentThatFails = 45;

    /// <summary>What a child gives that completes.</summary>
    private const long Result = 7;

    /// <summary>The workflows of children: one completes, one fails.</summary>
    public static readonly string[] Children =
    [
        """{"id":"completing","name":"Completing","nodes":[{"id":"only","type":"noop","config":{"output":7}}],"edges":[]}""",
        """{"id":"failing","name":"Failing","nodes":[{"id":"only","type":"fail","config":{"message":"simulated"}}],"edges":[]}""",
    ];

    /// <summary>What the nodes of a plan are in a document for a server: calls of an address with the execution's number in it, and children.</summary>
    public static (string Type, MapValue Config) Effect(PlanNode node, Uri witness)
    {
        var value = node.Expression is { } expression ? $"{{{{ {expression} }}}}" : "{{ data }}";
        return node.Type == "noop"
            ? ("http", MapValue.Of(("method", "POST"), ("url", $"{witness}{{{{ input.number }}}}/{node.Id}"), ("body", value)))
            : ("subworkflow", MapValue.Of(("workflowId", Fails(node) ? "failing" : "completing"), ("input", value)));
    }

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
            return Fails(node) ? NodeOutcome.Failed("fail", "simulated") : NodeOutcome.Completed(Result);
        var status = Status(node, iteration, attempt);
        return status == 200
            ? NodeOutcome.Completed(OutputOf(Body(nodeId, iteration)))
            : NodeOutcome.Failed("http", $"{nodeId} broke.", retryable: status >= 500);
    }

    private static bool Fails(PlanNode child) => child.FailPercent >= LeastPercentThatFails;

    // A crash may hide a call from the journal: what fails for a while has to end well even if it is called more often than there are attempts,
    // and what must not be tried again always fails.
    private int Status(PlanNode node, string iteration, int attempt)
    {
        if (node.FailPercent == 0)
            return 200;
        var chance = Chance($"{node.Id}|{iteration}");
        var failures = (int)(chance % (ulong)(node.Attempts + 1));
        if (node.FailPercent < 100 && failures < node.Attempts)
            return attempt > failures ? 200 : 503;
        return chance / 100 % 3 > 0 ? 503 : 422;
    }

    private Value Body(string nodeId, string iteration) => (long)(Chance($"{nodeId}|{iteration}|body") % 10);

    private static MapValue OutputOf(Value body)
    {
        var headers = MapValue.Of(("date", WitnessAnswer.Date), ("content-type", WitnessAnswer.ContentType), ("content-length", "1"));
        return MapValue.Of(("status", 200L), ("headers", headers), ("body", body));
    }
}
