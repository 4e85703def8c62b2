using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Testing.Workflows.Fakes;

namespace Millrace.Testing.Workflows.Running;

/// <summary>What comes from outside in a test: signals at their moments, and answers to nodes that wait for them.</summary>
internal sealed class Outside(TestWorld world, TestSetup setup, ExecutionHistory history)
{
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);
    private readonly HashSet<(string ExecutionId, string NodeId, string Iteration, long Seq)> _seen = [];

    /// <summary>How much is on its way.</summary>
    public int Coming { get; private set; }

    /// <summary>Sends the signals to an execution, each at its moment.</summary>
    public void Begin(string executionId)
    {
        foreach (var signal in setup.Signals)
            Later(signal.After, () => SignalAsync(executionId, signal.Name, signal.Payload));
    }

    /// <summary>Sends answers to the nodes that have begun to wait for them. False: there are none.</summary>
    public async Task<bool> AnswerAsync()
    {
        if (!world.Plan.IsAsked)
            return false;
        world.Plan.IsAsked = false;
        var before = Coming;
        foreach (var execution in (await world.ExecutionsAsync()).Where(execution => !execution.Status.IsTerminal()).Reverse())
        {
            var state = await history.ReadStateAsync(execution);
            foreach (var run in state.Waits.Where(run => run is { Status: NodeStatus.Waiting, Wait: not null }).OrderBy(run => run.WaitSeq))
                Answer(state.Identity, run);
        }
        return Coming > before;
    }

    private void Answer(ExecutionIdentity execution, NodeRun run)
    {
        if (!setup.Answers.TryGetValue(run.Node.Id, out var answers)
            || !_seen.Add((execution.Id, run.Node.Id, run.Iteration, run.WaitSeq))
            || Next(run.Node.Id, answers) is not { } answer)
            return;
        var wait = run.Wait!;
        if (!string.Equals(answer.Kind, wait.Kind, StringComparison.Ordinal))
            world.Plan.Break($"Node '{run.Node.Id}' waits for {NameOf(wait.Kind)}, but the test answers it with {NameOf(answer.Kind)}.");
        else if (FormProblem(run.Node.Id, wait, answer) is { } problem)
            world.Plan.Break(problem);
        else
            Later(answer.After - (world.Time.GetUtcNow() - run.StartedAt), () =>
                SendAsync(execution, WaitAddress.Of(execution, run.Node.Id, run.Iteration, wait).Id, wait, answer));
    }

    private TestAnswer? Next(string nodeId, ImmutableArray<TestAnswer> answers)
    {
        if (answers.Length == 1)
            return answers[0];
        var used = _used.GetValueOrDefault(nodeId);
        _used[nodeId] = used + 1;
        return used < answers.Length ? answers[used] : null;
    }

    // Checked as the server does, which would refuse it.
    private static string? FormProblem(string nodeId, NodeWait wait, TestAnswer answer)
    {
        var form = wait.Details["form"];
        Value data = answer.Payload;
        var isRefused = data["decision"].Equals("rejected") && data["data"].IsNull;
        if (form.IsNull || isRefused || Schema.Compile(form, out _) is not { } schema)
            return null;
        var given = data["data"].IsNull && wait.Kind is NodeWait.Approval ? MapValue.Empty : data["data"];
        var problems = schema.Validate(given);
        if (problems.IsEmpty)
            return null;
        var all = problems.Select(problem => $"{(problem.Pointer.Length == 0 ? "" : problem.Pointer + ": ")}{problem.Message}");
        return $"The test's answer to node '{nodeId}' does not fit its form: {string.Join(' ', all)}";
    }

    private async Task SendAsync(ExecutionIdentity execution, string waitId, NodeWait wait, TestAnswer answer)
    {
        Value payload = answer.Payload;
        if (wait.Kind is Delivery.Signal)
        {
            await SignalAsync(execution.Id, wait.Name!, payload["payload"]);
            return;
        }
        // Where its time was over before the answer came, that is what the test is about.
        if (await world.Store.ReadWaitAsync(TestWorld.Tenant, waitId) is not { Status: WaitStatus.Open } record)
            return;
        var data = payload["data"].IsNull ? default : new JsonText(payload["data"].ToUtf8());
        var stored = new WaitAnswer(
            Text(payload["decision"]), Text(payload["comment"]), data, Text(payload["answeredBy"]), world.Time.GetUtcNow());
        await world.Engine.AnswerAsync(
            record, wait.Kind is NodeWait.Callback ? Delivery.Callback : Delivery.Answer, answer.Payload, stored);
    }

    private async Task SignalAsync(string executionId, string name, Value payload) =>
        await world.Engine.SignalAsync(TestWorld.Tenant, executionId, name, payload);

    private void Later(TimeSpan after, Func<Task> send)
    {
        Coming++;
        world.Time.CreateTimer(_ => world.Post(async () =>
        {
            Coming--;
            await send();
        }), null, after > TimeSpan.Zero ? after : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private static string? Text(Value value) => value.TryGetString(out var text) ? text : null;

    private static string NameOf(string kind) => kind switch
    {
        NodeWait.Approval => "an approval",
        NodeWait.Form => "a form",
        NodeWait.Callback => "a callback",
        Delivery.Signal => "a signal",
        _ => $"a {kind}",
    };
}
