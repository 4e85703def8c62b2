using System.Net;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Interpretation;
using Millrace.Simulation.Tests.Simulation;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests.Processes;

namespace Millrace.Tests.Served;

/// <summary>One execution at a real server: started, answered, and compared with what had to come of it.</summary>
internal sealed class ServedExecution
{
    private readonly ServedWorkflow _workflow;
    private readonly int _number;
    private readonly Value _input;
    private readonly PlanNode[] _asked;
    private readonly HashSet<string> _answered = [];

    /// <param name="workflow">What it runs.</param>
    /// <param name="number">Which of a test's executions it is; decides its input and how its effects go.</param>
    public ServedExecution(ServedWorkflow workflow, int number)
    {
        (_workflow, _number) = (workflow, number);
        _input = new MapBuilder(PlanGenerator.InputOf(number).AsMap()).Set("number", (long)number).Build();
        Script = new CalledScript(number, workflow.Plan);
        _asked = [.. workflow.Plan.AllNodes().Where(node => node is { Type: "waitForEvent", SignalComes: true } or { IsAnswered: true } or { InDoubt: "ask" })];
    }

    public string Name => _workflow.Name;

    public CalledScript Script { get; }

    /// <summary>Its id, once a server has acknowledged it.</summary>
    public string Id { get; private set; } = "";

    public bool IsAcknowledged => Id.Length > 0;

    /// <summary>What a test notes when that was.</summary>
    public long AcknowledgedAt { get; private set; }

    public bool HasEnded { get; private set; }

    /// <summary>Whether it may wait for somebody to answer.</summary>
    public bool IsAsked => _asked.Length > 0;

    /// <summary>Starts it. However often that is tried, it is started once.</summary>
    /// <param name="server">Where.</param>
    /// <param name="clock">What to note of when it was acknowledged.</param>
    public async Task StartAsync(ServerProcess server, Func<long>? clock = null)
    {
        var (status, body) = await server.PostAsync($"api/v1/workflows/{_workflow.Id}/execute", $$"""{"input":{{_input.ToJson()}} }""", idempotencyKey: $"start-{_number}");
        Assert.True(status is HttpStatusCode.Accepted, $"{Name}: {status} {body}");
        AcknowledgedAt = clock?.Invoke() ?? 0;
        Id = body.GetProperty("id").GetString()!;
    }

    /// <summary>Looks whether it has ended, and answers what it waits for.</summary>
    public async Task AnswerAsync(ServerProcess server)
    {
        var execution = await server.GetAsync($"api/v1/executions/{Id}");
        HasEnded = execution.GetProperty("completedAt").ValueKind == JsonValueKind.String;
        if (HasEnded || _asked.Length == 0)
            return;
        foreach (var run in (await server.GetAsync($"api/v1/executions/{Id}/nodes?limit=200")).EnumerateArray())
        {
            var (id, iteration) = (run.GetProperty("nodeId").GetString()!, run.GetProperty("iteration").GetString()!);
            var node = Array.Find(_asked, node => node.Id == id);
            if (node is null)
                continue;
            if (run.GetProperty("status").GetString() == "inDoubt")
                await ResolveAsync(server, id, iteration, run.GetProperty("attempt").GetInt32());
            else if (run.GetProperty("wait") is { ValueKind: JsonValueKind.Object } wait && !_answered.Contains($"{id} {iteration}"))
                await AnswerAsync(server, node, iteration, wait);
        }
    }

    private async Task AnswerAsync(ServerProcess server, PlanNode node, string iteration, JsonElement wait)
    {
        if (node.Type == "callback")
            await PostAsync(server, new Uri(wait.GetProperty("details").GetProperty("url").GetString()!).PathAndQuery.TrimStart('/'), node.Payload.ToJson());
        else if (node.IsAnswered)
            await ApproveAsync(server, node, iteration);
        else
            await SignalAsync(server, node, iteration);
        _answered.Add($"{node.Id} {iteration}");
    }

    private async Task ApproveAsync(ServerProcess server, PlanNode node, string iteration)
    {
        var open = (await server.GetAsync($"api/v1/approvals?execution_id={Id}")).EnumerateArray();
        var asked = open.FirstOrDefault(wait => wait.GetProperty("nodeId").GetString() == node.Id && wait.GetProperty("iteration").GetString() == iteration);
        if (asked.ValueKind == JsonValueKind.Object)
            await PostAsync(server, $"api/v1/approvals/{asked.GetProperty("id").GetString()}", node.Type == "approval" ? $$"""{"decision":"{{node.Decision}}","comment":"{{node.Id}}"}""" : $$"""{"data":{{node.Payload.ToJson()}} }""");
    }

    private async Task SignalAsync(ServerProcess server, PlanNode node, string iteration)
    {
        var path = $"api/v1/executions/{Id}/signal";
        // A filter leaves this one for others, and there are none.
        if (node.Filter is not null)
            await PostAsync(server, path, $$"""{"name":"{{node.Signal}}","payload":"another"}""", $"another {node.Id} {iteration}");
        await PostAsync(server, path, $$"""{"name":"{{node.Signal}}","payload":{{node.Payload.ToJson()}} }""", $"this {node.Id} {iteration}");
    }

    private async Task ResolveAsync(ServerProcess server, string nodeId, string iteration, int attempt)
    {
        var outcome = Script.OutcomeOf(nodeId, iteration, attempt);
        var body = outcome.Error is null && _number % 2 == 0
            ? $$"""{"outcome":"completed","iteration":"{{iteration}}","output":{{outcome.Output.ToJson()}} }"""
            : $$"""{"outcome":"retry","iteration":"{{iteration}}"}""";
        await PostAsync(server, $"api/v1/executions/{Id}/nodes/{nodeId}/resolve", body);
    }

    // Whoever is late is told so: it may have ended, or been settled, since somebody looked.
    private async Task PostAsync(ServerProcess server, string path, string body, string? idempotencyKey = null)
    {
        var (status, answer) = await server.PostAsync(path, body, idempotencyKey: idempotencyKey?.Replace(' ', '_'));
        Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.Conflict or HttpStatusCode.Gone, $"{Name}: {path} {status} {answer}");
    }

    /// <summary>Compares what the server says of it with what had to come of it.</summary>
    /// <returns>False: what came of it depended on the order of things.</returns>
    public async Task<bool> CheckAsync(ServerProcess server, bool wasKilled)
    {
        var graph = _workflow.Graph;
        var text = (await server.GetAsync($"api/v1/executions/{Id}/journal?limit=10000")).GetRawText();
        List<ExecutionEvent> journal = [.. EventReader.ReadAll(System.Text.Encoding.UTF8.GetBytes(text), graph, StoredValues.Inline)];
        var state = Fold(journal, graph);
        AssertSame(state, await server.GetAsync($"api/v1/executions/{Id}"));
        foreach (var doubt in journal.OfType<NodeFailed>().Where(e => e.Error.Type == "inDoubt"))
            Script.Doubt(doubt.Node.Id, doubt.Iteration, doubt.Attempt);
        Assert.True(wasKilled || !Script.HasDoubts, "Something was in doubt without a crash.");
        try
        {
            Comparison.Check(_workflow.Plan, journal, state, Interpreter.Run(_workflow.Plan, _input, Script), mayNeedLess: wasKilled);
            return true;
        }
        catch (UndeterminedException)
        {
            return false;
        }
    }

    private static ExecutionState Fold(List<ExecutionEvent> journal, CompiledGraph graph)
    {
        var state = new ExecutionState(new ExecutionIdentity("t", "x1", "w1", 1), graph);
        foreach (var e in journal)
        {
            Assert.True(e.Seq == state.Seq + 1, $"After event {state.Seq} comes {e.Seq}.");
            Assert.False(state.Status.IsTerminal(), "An event follows the end.");
            state.Apply(e);
        }
        Assert.True(state.Status.IsTerminal());
        return state;
    }

    // What the execution's own row says is what its journal says.
    private static void AssertSame(ExecutionState state, JsonElement execution)
    {
        Assert.Equal(state.Status.Name(), execution.GetProperty("status").GetString());
        Assert.Equal(state.CompletedNodes, execution.GetProperty("progress").GetProperty("completedNodes").GetInt32());
        Assert.Equal(state.Result, ValueJson.Parse(execution.GetProperty("result").GetRawText()));
        Assert.Equal((Value)state.Variables, ValueJson.Parse(execution.GetProperty("variables").GetRawText()));
        Assert.Equal(state.CompletedAt, execution.GetProperty("completedAt").GetDateTimeOffset());
        Assert.Equal(state.Error?.ToValue() ?? Value.Null, ValueJson.Parse(execution.GetProperty("errorDetail").GetRawText()));
    }
}
