using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Testing.Workflows.Fakes;
using Millrace.Testing.Workflows.Results;

namespace Millrace.Testing.Workflows.Running;

/// <summary>What a test planned, and how far one run of it is with that.</summary>
internal sealed class TestPlan
{
    // Their effects reach nothing but the store of the test, and models that are faked.
    private static readonly ImmutableArray<string> Contained = ["noop", "llm", "subworkflow", "undoExecution", "emit"];

    /// <summary>What a node gives when the test cannot go on: nobody sees it.</summary>
    public static readonly NodeOutcome Meanwhile = NodeOutcome.Failed(new NodeError(Type: "test", Message: "The test is broken."));

    private readonly TestSetup _setup;
    private readonly Dictionary<string, FakeScript> _nodes;
    private readonly Dictionary<string, FakeScript> _types;
    private readonly List<EffectCall> _effects = [];

    public TestPlan(TestSetup setup)
    {
        _setup = setup;
        _nodes = setup.Nodes.ToDictionary(
            fake => fake.Key, fake => new FakeScript($"Node '{fake.Key}'", fake.Value, this), StringComparer.Ordinal);
        _types = setup.NodeTypes.ToDictionary(
            fake => CanonicalOf(fake.Key), fake => new FakeScript($"The type '{fake.Key}'", fake.Value, this), StringComparer.Ordinal);
    }

    /// <summary>What is wrong with the test, as the run has shown; null: nothing yet.</summary>
    public WorkflowTestException? Broken { get; private set; }

    /// <summary>Whether a node has begun to wait for an answer since this was last taken back.</summary>
    public bool IsAsked { get; set; }

    /// <summary>Effects that really happen just now.</summary>
    public int RealCalls { get; private set; }

    /// <summary>The effects so far, in the order of their attempts.</summary>
    public IReadOnlyList<EffectCall> Effects => _effects;

    /// <summary>What stands in for a node; null: nothing does.</summary>
    public FakeScript? FakeOf(string nodeId, string type) => _nodes.GetValueOrDefault(nodeId) ?? _types.GetValueOrDefault(type);

    /// <summary>Whether the test answers a node.</summary>
    public bool IsAnswered(string nodeId) => _setup.Answers.ContainsKey(nodeId);

    /// <summary>Whether a node may have its effect.</summary>
    public bool MayRun(string nodeId, NodeTypeDescription type) =>
        type.IsPart || Contained.Contains(type.Type, StringComparer.Ordinal) || IsReal(nodeId, type.Type);

    /// <summary>Whether the test lets a node touch the world.</summary>
    public bool IsReal(string nodeId, string type) =>
        _setup.Real.Any(name =>
            string.Equals(name, nodeId, StringComparison.Ordinal) || string.Equals(CanonicalOf(name), type, StringComparison.Ordinal));

    /// <summary>The test cannot go on: the first reason counts.</summary>
    public NodeOutcome Break(string message, Exception? cause = null)
    {
        Broken ??= new WorkflowTestException(message, cause);
        return Meanwhile;
    }

    /// <summary>A node was about to touch the world.</summary>
    public NodeOutcome Refuse(string nodeId, string type) => Break(
        $"Node '{nodeId}' ({type}) has side effects, which a test does not allow by default. Fake it: "
            + $"{_setup.Advice.Fake(nodeId)}, or {_setup.Advice.FakeType(type)}. Or allow it: {_setup.Advice.Real(nodeId)}.");

    /// <summary>A model was asked that nobody faked.</summary>
    public string NoModel(string model) =>
        $"The model '{model}' is not faked, and a test calls no real model. Fake it: {_setup.Advice.Model(model)}; or fake the node that "
            + "calls it.";

    public void Record(EffectCall call) => _effects.Add(call);

    public async ValueTask<NodeOutcome> RunRealAsync(Func<ValueTask<NodeOutcome>> run)
    {
        RealCalls++;
        try
        {
            return await TestLoop.Outside(run);
        }
        finally
        {
            RealCalls--;
        }
    }

    private string CanonicalOf(string type) => _setup.Registry.Find(type)?.Type ?? type;
}

/// <summary>The outcomes of a fake, as far as they are used.</summary>
internal sealed class FakeScript(string subject, FakeSource source, TestPlan plan)
{
    private int _used;

    /// <summary>How the next run ends; null: the test is broken.</summary>
    public FakeOutcome? Next(FakeCall call)
    {
        if (source.Run is { } run)
            return Call(run, call);
        if (source.Outcomes.Length == 1)
            return source.Outcomes[0];
        if (_used < source.Outcomes.Length)
            return source.Outcomes[_used++];
        plan.Break(
            $"{subject} is faked with {source.Outcomes.Length} outcomes, and ran once "
                + $"more{(call.Attempt > 1 ? $" (attempt {call.Attempt} of node '{call.NodeId}')" : "")}. Add an outcome, or give a "
                + "single one, which is used for every run.");
        return null;
    }

    private FakeOutcome? Call(Func<FakeCall, FakeOutcome> run, FakeCall call)
    {
        try
        {
            return run(call);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            plan.Break($"The fake of node '{call.NodeId}' threw {e.GetType().Name}: {e.Message}", e);
            return null;
        }
    }
}
