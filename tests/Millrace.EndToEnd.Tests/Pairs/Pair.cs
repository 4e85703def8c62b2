using System.Net;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Interpretation;
using Millrace.Simulation.Tests.Simulation;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests;

namespace Millrace.EndToEnd.Tests.Pairs;

/// <summary>One workflow of the matrix at a server: saved, executed, answered, and compared with what had to come of it.</summary>
internal sealed class Pair
{
    private readonly int _number;
    private readonly Plan _plan;
    private readonly Value _input;
    private readonly PlanNode[] _asked;
    private readonly HashSet<string> _answered = [];
    private string? _document;

    public Pair(int number, string name, Fragment fragment)
    {
        (_number, Name, _plan) = (number, name, fragment.ToPlan());
        _input = PlanGenerator.InputOf(number);
        Script = new CalledScript(number, _plan);
        _asked = [.. _plan.AllNodes().Where(node => node is { Type: "waitForEvent", SignalComes: true } or { IsAnswered: true } or { InDoubt: "ask" })];
    }

    public string Name { get; }

    public CalledScript Script { get; }

    public string? WorkflowId { get; private set; }

    public string ExecutionId { get; private set; } = "";

    public bool HasEnded { get; private set; }

    public bool IsRefused => WorkflowId is null;

    /// <summary>Every construct alone, and every one in every other one.</summary>
    public static List<Pair> All()
    {
        var pairs = new List<Pair>();
        foreach (var (name, fragment) in Constructs.Inner)
            pairs.Add(new Pair(pairs.Count, name, fragment));
        foreach (var outer in Constructs.Outer)
        {
            foreach (var (name, fragment) in Constructs.Inner)
                pairs.Add(new Pair(pairs.Count, $"{name} in {outer}", Constructs.Around(outer, fragment, "o")));
        }
        return pairs;
    }

    public async Task SaveAsync(ServerProcess server, Uri witness)
    {
        _document = PlanDocument.Of(_plan, node => CalledScript.Effect(node, $"{witness}{_number}"));
        var (status, body) = await server.PostAsync("api/v1/workflows", _document);
        if (status == HttpStatusCode.Created)
            WorkflowId = body.GetProperty("id").GetString();
        else
            Assert.True(status == HttpStatusCode.UnprocessableEntity && !MachineRun.Problems(_document).TrueForAll(problem => problem.Severity != Core.Definitions.Severity.Error), $"{Name}: {status} {body}");
    }

    /// <summary>Starts it. However often that is tried, it is started once.</summary>
    public async Task StartAsync(ServerProcess server, string pass)
    {
        var (status, body) = await server.PostAsync($"api/v1/workflows/{WorkflowId}/execute", $$"""{"input":{{_input.ToJson()}} }""", idempotencyKey: $"{pass}-{_number}");
        Assert.True(status is HttpStatusCode.Accepted, $"{Name}: {status} {body}");
        ExecutionId = body.GetProperty("id").GetString()!;
    }

    /// <summary>Looks whether it has ended, and answers what it waits for.</summary>
    public async Task AnswerAsync(ServerProcess server)
    {
        var execution = await server.GetAsync($"api/v1/executions/{ExecutionId}");
        HasEnded = execution.GetProperty("completedAt").ValueKind == JsonValueKind.String;
        if (HasEnded || _asked.Length == 0)
            return;
        foreach (var run in (await server.GetAsync($"api/v1/executions/{ExecutionId}/nodes")).EnumerateArray())
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
        var open = (await server.GetAsync($"api/v1/approvals?execution_id={ExecutionId}")).EnumerateArray();
        var asked = open.FirstOrDefault(wait => wait.GetProperty("nodeId").GetString() == node.Id && wait.GetProperty("iteration").GetString() == iteration);
        if (asked.ValueKind == JsonValueKind.Object)
            await PostAsync(server, $"api/v1/approvals/{asked.GetProperty("id").GetString()}", node.Type == "approval" ? $$"""{"decision":"{{node.Decision}}","comment":"{{node.Id}}"}""" : $$"""{"data":{{node.Payload.ToJson()}} }""");
    }

    private async Task SignalAsync(ServerProcess server, PlanNode node, string iteration)
    {
        var path = $"api/v1/executions/{ExecutionId}/signal";
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
        await PostAsync(server, $"api/v1/executions/{ExecutionId}/nodes/{nodeId}/resolve", body);
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
        var graph = MachineRun.Of(_document!).Graph;
        var text = (await server.GetAsync($"api/v1/executions/{ExecutionId}/journal?limit=10000")).GetRawText();
        List<ExecutionEvent> journal = [.. EventReader.ReadAll(System.Text.Encoding.UTF8.GetBytes(text), graph, StoredValues.Inline)];
        var state = Fold(journal, graph);
        AssertSame(state, await server.GetAsync($"api/v1/executions/{ExecutionId}"));
        foreach (var doubt in journal.OfType<NodeFailed>().Where(e => e.Error.Type == "inDoubt"))
            Script.Doubt(doubt.Node.Id, doubt.Iteration, doubt.Attempt);
        Assert.True(wasKilled || !Script.HasDoubts, "Something was in doubt without a crash.");
        try
        {
            Comparison.Check(_plan, journal, state, Interpreter.Run(_plan, _input, Script), mayNeedLess: wasKilled);
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
