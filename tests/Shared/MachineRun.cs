using System.Buffers;
using System.Text;
using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Tests;

/// <summary>Runs a document on the machine alone: no store, no threads, and the test is the clock and the world.</summary>
internal sealed partial class MachineRun
{
    /// <summary>The last event of a journal, at the given one or before it, after which nothing is half done.</summary>
    public static long ForkPoint(IEnumerable<ExecutionEvent> journal, long seq)
    {
        var finder = new ForkPointFinder(seq);
        foreach (var e in journal)
        {
            if (!finder.Take(e))
                break;
        }
        finder.End();
        return finder.Seq;
    }

    /// <summary>Where a retry of a journal goes on; null where there is nothing to retry.</summary>
    public static RetryPoint? RetryPointOf(IEnumerable<ExecutionEvent> journal)
    {
        var finder = new RetryPointFinder();
        foreach (var e in journal)
            finder.Take(e);
        return finder.Find();
    }

    public static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly NodeRegistry BuiltIn = new(NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly)));

    private readonly List<EffectStart> _effects = [];
    private readonly List<ExecutionEvent> _journal = [];
    private readonly Machine _machine;

    public MachineRun(CompiledGraph graph)
    {
        Graph = graph;
        State = NewState();
        _machine = new Machine(State, TestLinks.Instance);
    }

    public CompiledGraph Graph { get; }

    public ExecutionState State { get; private init; }

    public DateTimeOffset Now { get; private set; } = Begin;

    public IReadOnlyList<ExecutionEvent> Journal => _journal;

    /// <summary>Messages that went to other executions.</summary>
    public List<OutgoingMessage> Messages { get; } = [];

    /// <summary>Effects that the machine asked for and that have not ended.</summary>
    public IReadOnlyList<EffectStart> Effects => _effects;

    public static ReadResult Read(string json, INodeCatalog? types = null) =>
        DefinitionReader.ReadAndValidate(Encoding.UTF8.GetBytes(json), DocumentFormat.Json, types ?? BuiltIn);

    /// <summary>Everything that reading, validating and compiling find.</summary>
    public static List<Problem> Problems(string json, NodeRegistry? types = null)
    {
        var read = Read(json, types);
        var problems = new List<Problem>(read.Problems);
        if (read.Definition is { } definition && !problems.Exists(problem => problem.Severity == Severity.Error))
            GraphCompiler.Compile(definition, types ?? BuiltIn, problems);
        return problems;
    }

    /// <summary>Compiles a document that must have no errors.</summary>
    public static MachineRun Of(string json, NodeRegistry? types = null)
    {
        var read = Read(json, types);
        var problems = new List<Problem>(read.Problems);
        var graph = read.Definition is { } definition && !problems.Exists(problem => problem.Severity == Severity.Error)
            ? GraphCompiler.Compile(definition, types ?? BuiltIn, problems)
            : null;
        Assert.True(graph is not null, string.Join('\n', problems.Select(problem => $"{problem.Pointer} {problem.Code}: {problem.Message}")));
        return new MachineRun(graph);
    }

    public MachineRun Start(string input = "null", string inputs = "{}", string? startNode = null) => Handle(new StartInput(new ExecutionStart
    {
        Input = ValueJson.Parse(input),
        Inputs = ValueJson.Parse(inputs).AsMap(),
        Variables = Graph.Definition.Variables,
        StartNode = startNode,
    }));

    public MachineRun Handle(MachineInput input)
    {
        _machine.Handle(input, Now);
        foreach (var e in _machine.Events)
        {
            Assert.Equal(_journal.Count + 1, e.Seq);
            Assert.False(_journal is [.., WorkflowCompleted or WorkflowFailed or WorkflowCancelled], "an event follows the end");
            _journal.Add(e);
        }
        var started = _machine.Effects.ToList();
        _effects.RemoveAll(effect => _machine.Stopped.Any(run => ReferenceEquals(run.Node, effect.Node) && string.Equals(run.Iteration, effect.Iteration, StringComparison.Ordinal)));
        _effects.AddRange(started);
        Messages.AddRange(_machine.Messages);
        _machine.Clear();
        if (State.Status.IsTerminal())
            _effects.Clear();
        // As the engine does: an effect that must not just run again leaves only once that is recorded.
        foreach (var effect in started.Where(effect => effect.Node.Definition.InDoubt is InDoubtPolicy.Ask or InDoubtPolicy.Fail))
            Handle(new EffectAdmittedInput(effect.Node, effect.Iteration, effect.Attempt));
        return _machine.IsUnfinished ? Handle(ContinueInput.Instance) : this;
    }

    /// <summary>Sends a signal.</summary>
    public MachineRun Signal(string name, string payload = "null") => Handle(new DeliveryInput(new Delivery(Delivery.Signal, name, ValueJson.Parse(payload))));

    /// <summary>Gives a waiting node a person's answer, or a program's call.</summary>
    public MachineRun Answer(string nodeId, string payload, string iteration = "", string kind = Delivery.Answer) =>
        Handle(new DeliveryInput(new Delivery(kind, null, ValueJson.Parse(payload), nodeId, iteration)));

    /// <summary>Ends the effect of a node; of several iterations, that of the given one.</summary>
    public MachineRun Finish(string nodeId, NodeOutcome outcome, string? iteration = null)
    {
        var effect = _effects.Single(effect => string.Equals(effect.Node.Id, nodeId, StringComparison.Ordinal) && (iteration is null || string.Equals(effect.Iteration, iteration, StringComparison.Ordinal)));
        _effects.Remove(effect);
        return Handle(new EffectFinishedInput(effect.Node, effect.Iteration, effect.Attempt, outcome));
    }

    public MachineRun Finish(string nodeId, string output = "null", string? port = null) => Finish(nodeId, NodeOutcome.Completed(ValueJson.Parse(output), port));

    public MachineRun Fail(string nodeId, string type = "broken", bool retryable = true) => Finish(nodeId, NodeOutcome.Failed(type, $"{nodeId} broke.", retryable));

    /// <summary>Lets time pass, and does what is due then.</summary>
    public MachineRun Advance(TimeSpan time)
    {
        Now += time;
        return Handle(TimePassedInput.Instance);
    }

    /// <summary>What a new owner makes of the journal, as it is stored; from a snapshot at one of its events, where one is given.</summary>
    public MachineRun Recover(int snapshotSeq = 0)
    {
        var recovered = new MachineRun(Graph) { Now = Now };
        var journal = ReadBack();
        if (snapshotSeq > 0)
            recovered.State.Restore(Snapshot(journal.Take(snapshotSeq)));
        foreach (var e in journal)
        {
            if (e.Seq > snapshotSeq)
                recovered.State.Apply(e);
            recovered._journal.Add(e);
        }
        return recovered;
    }

    /// <summary>Another execution that goes on from one of this one's events; see <see cref="ForkPoint"/>.</summary>
    public MachineRun Fork(int seq)
    {
        var state = Snapshot(ReadBack().Take(seq));
        return new MachineRun(Graph) { Now = Now }.Handle(new StartInput(new ExecutionStart
        {
            Input = State.Start.Input,
            Variables = Graph.Definition.Variables,
            Origin = new ForkOrigin("x1", seq, "x1", Confirmed: true),
            State = state.AsMap(),
        }));
    }

    /// <summary>The state after one of its events.</summary>
    public ExecutionState StateAt(long seq) => StateAfter(ReadBack().Take((int)seq));

    private Value Snapshot(IEnumerable<ExecutionEvent> journal) => ValueJson.Parse(((Value)StateAfter(journal).ToSnapshot()).ToJson());

    private ExecutionState StateAfter(IEnumerable<ExecutionEvent> journal)
    {
        var state = NewState();
        foreach (var e in journal)
            state.Apply(e);
        return state;
    }

    public NodeStatus Status(string nodeId) => Run(nodeId)?.Status ?? NodeStatus.Pending;

    public NodeRun? Run(string nodeId, string iteration = "") => State.FindRun(Graph.Find(nodeId)!, iteration);

    public Value Output(string nodeId) => Run(nodeId) is { HasOutput: true } run ? run.Output : throw new InvalidOperationException($"'{nodeId}' has no output: {Status(nodeId)}, {Run(nodeId)?.Error?.Message ?? State.Error?.Message}");

    public string OutputJson(string nodeId) => Output(nodeId).ToJson();

    /// <summary>The events as short text: "workflow_started", "node_started a", ...</summary>
    public IEnumerable<string> EventNames() => _journal.Select(e => e is NodeEvent node ? $"{EventJson.TypeOf(e)} {node.Node.Id}" : EventJson.TypeOf(e));

    /// <summary>The journal, written and read back.</summary>
    public IReadOnlyList<ExecutionEvent> ReadBack() => [.. EventReader.ReadAll(Write(_journal), Graph, StoredValues.Inline)];

    public byte[] Write(IReadOnlyList<ExecutionEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, ValueJson.WriterOptions))
            EventJson.WriteAll(writer, events, Graph, StoredValues.Inline);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The journal survives its own text, and gives the same state again.</summary>
    public void AssertReplays()
    {
        var back = ReadBack();
        Assert.Equal(Encoding.UTF8.GetString(Write(_journal)), Encoding.UTF8.GetString(Write(back)));
        var fresh = NewState();
        foreach (var e in back)
            fresh.Apply(e);
        Assert.Equal(Describe(State), Describe(fresh));
    }

    private ExecutionState NewState() => new(new ExecutionIdentity("t", "x1", "w1", 1), Graph);

    private static string Describe(ExecutionState state)
    {
        var text = new StringBuilder();
        text.AppendLine($"{state.Status} {state.Seq} {state.CurrentStep} {state.CompletedNodes} {state.RunningEffects} {state.WaitingRuns} {state.StartedAt:O} {state.CompletedAt:O} {state.NextDue():O}");
        text.AppendLine($"{((Value)state.Variables).ToJson()} {state.Result.ToJson()} {state.Error?.ToValue().Count}");
        // What ended all of it may have found a loop between two turns, which no event tells: the last one is forgotten then, or not yet.
        var isOver = state.Status.IsTerminal() || state.Status == ExecutionStatus.Compensating;
        foreach (var run in state.Runs().Where(run => !isOver || run.Iteration.Length == 0 || run.Node.Undoes is not null).OrderBy(run => run.Node.Index).ThenBy(run => run.Iteration, StringComparer.Ordinal))
            text.AppendLine($"{run.Node.Id} {run.Iteration} {run.Status} {run.Attempt} {run.Generation} {run.Input.ToJson()} {run.HasOutput} {run.Output.ToJson()} {run.Port} {run.Meta.ToJson()} {run.Error?.Type} {run.Error?.Message} {run.StartedAt:O} {run.CompletedAt:O} {run.DueAt:O} {string.Join(',', run.Steps)}");
        return text.ToString();
    }
}

/// <summary>Links that say what they are to.</summary>
internal sealed class TestLinks : ILinkSource
{
    public static readonly TestLinks Instance = new();

    public string LinkTo(ExecutionIdentity execution, string nodeId, string iteration, WaitLink link) => $"{link.Kind}:{execution.Id}:{nodeId}:{iteration}:{link.Path}";
}
