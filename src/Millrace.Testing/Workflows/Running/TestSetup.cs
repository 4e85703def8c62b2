using System.Collections.Immutable;
using Millrace.Core.Values;
using Millrace.Engine.Models;
using Millrace.Engine.Nodes;
using Millrace.Testing.Workflows.Fakes;

namespace Millrace.Testing.Workflows.Running;

/// <summary>Everything that a test says before it runs.</summary>
/// <param name="types">Node types beside those that come with Millrace.</param>
internal sealed class TestSetup(IEnumerable<NodeType> types)
{
    public ImmutableArray<NodeType> Types { get; } = [.. types];

    /// <summary>The types as they are, to read documents with.</summary>
    public NodeRegistry Registry => field ??= TestNodes.Plain(Types);

    /// <summary>The tested workflow, and then its children.</summary>
    public List<TestedDocument> Documents { get; } = [];

    public Value Input { get; set; }

    public Dictionary<string, Value> Inputs { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Value> Variables { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Secrets { get; } = new(StringComparer.Ordinal);

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How long after the start the run stops; null: at its end.</summary>
    public TimeSpan? Until { get; set; }

    public Dictionary<string, FakeSource> Nodes { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, FakeSource> NodeTypes { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ModelSource> Models { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, ModelPrice> Prices { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, ImmutableArray<TestAnswer>> Answers { get; } = new(StringComparer.Ordinal);

    public List<TestSignal> Signals { get; } = [];

    public HashSet<string> Real { get; } = new(StringComparer.Ordinal);

    public TestAdvice Advice { get; init; } = TestAdvice.InCode;

    /// <summary>The nodes of all workflows of the test, and what undoes them.</summary>
    public HashSet<string> NodeIds() =>
        Documents.SelectMany(document => document.Graph.Nodes).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
}

/// <summary>Where the outcomes of a fake come from: a list, or a function.</summary>
internal sealed record FakeSource(ImmutableArray<FakeOutcome> Outcomes, Func<FakeCall, FakeOutcome>? Run);

/// <summary>Where the replies of a model come from: a list, or a function.</summary>
internal sealed record ModelSource(ImmutableArray<FakeReply> Replies, Func<ModelRequest, FakeReply>? Run);

/// <summary>A signal at a moment.</summary>
internal sealed record TestSignal(string Name, Value Payload, TimeSpan After);

/// <summary>How whoever wrote the test mends it: in the words of where it is written.</summary>
/// <param name="Fake">How to fake a node.</param>
/// <param name="FakeType">How to fake a type.</param>
/// <param name="Real">How to let it happen.</param>
/// <param name="Model">How to fake a model.</param>
internal sealed record TestAdvice(
    Func<string, string> Fake, Func<string, string> FakeType, Func<string, string> Real, Func<string, string> Model)
{
    /// <summary>For tests in C#.</summary>
    public static TestAdvice InCode { get; } = new(
        node => $"Fake(\"{node}\", output)",
        type => $"FakeType(\"{type}\", output)",
        node => $"AllowReal(\"{node}\")",
        model => $"FakeModel(\"{model}\", FakeReply.Text(...))");

    /// <summary>For tests in files.</summary>
    public static TestAdvice InFile { get; } = new(
        node => $"`nodes: {{ {node}: {{ output: ... }} }}`",
        type => $"`types: {{ {type}: {{ output: ... }} }}`",
        node => $"`real: [{node}]`",
        model => $"`models: {{ {model}: {{ text: ... }} }}`");
}
