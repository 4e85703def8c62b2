using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Testing.Workflows.Fakes;

namespace Millrace.Testing.Workflows.Running;

/// <summary>A type of node in a test: the same as ever, but what it does is faked, recorded, or refused.</summary>
/// <param name="inner">The type as it is.</param>
/// <param name="plan">What the test planned.</param>
internal sealed class TestedNodeType(NodeType inner, TestPlan plan) : NodeType
{
    public override NodeTypeDescription Description => inner.Description;

    internal override IEnumerable<string> Names => inner.Names;

    public override NodeLogic? Compile(NodeDefinition node, INodeCatalog types, ICollection<Problem> problems)
    {
        // Some look whether what they need is installed, and wait for that.
        var logic = TestLoop.Outside(() => inner.Compile(node, types, problems));
        if (logic is null || Description.Kind == NodeKind.Comment)
            return logic;
        var tested = new TestedNode(node, Description, plan);
        return (logic, plan.FakeOf(node.Id, Description.Type)) switch
        {
            (ExecutableEffect effect, var fake) => new TestedEffect(effect, tested, fake),
            (WaitLogic wait, { } fake) => new FakedWait(wait, tested, fake),
            (IJoinLogic join, { } fake) => new FakedJoin(join, tested, fake),
            (_, { } fake) => new FakedPure(tested, fake),
            (WaitLogic wait, null) when plan.IsAnswered(node.Id) => new AnsweredWait(wait, plan),
            _ => logic,
        };
    }
}

/// <summary>A node of a test.</summary>
internal sealed record TestedNode(NodeDefinition Definition, NodeTypeDescription Type, TestPlan Plan)
{
    /// <summary>How a run of it ends by its fake; null: it never does.</summary>
    public NodeOutcome? Fake(FakeScript script, FakeCall call)
    {
        if (script.Next(call) is not { } fake)
            return TestPlan.Meanwhile;
        if (fake.TakenPort is { } port && PortProblem(port) is { } problem)
            return Plan.Break(problem);
        return fake.For(call.Data);
    }

    /// <summary>The config as it was written.</summary>
    public FakeCall CallWith(Value data) => new(Definition.Id, Type.Type, Definition.Config, data);

    private string? PortProblem(string port)
    {
        var ports = Type.AllPorts(Definition.Config).ToList();
        if (ports.Contains(port, StringComparer.Ordinal))
            return null;
        return ports.Count == 0
            ? $"Node '{Definition.Id}' ({Type.Type}) is faked to take the port '{port}', but has no ports."
            : $"Node '{Definition.Id}' ({Type.Type}) is faked to take the port '{port}', but its ports are {string.Join(", ", ports)}.";
    }
}
