using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Fakes;

/// <summary>How one run of a faked node ends.</summary>
public sealed class FakeOutcome
{
    private readonly NodeOutcome? _outcome;
    private readonly bool _passesOn;

    private FakeOutcome(NodeOutcome? outcome, bool passesOn = false) => (_outcome, _passesOn) = (outcome, passesOn);

    /// <summary>It never ends, until its timeout or a cancel ends it.</summary>
    public static FakeOutcome NeverEnds { get; } = new(null);

    /// <summary>The node completes with an output.</summary>
    /// <param name="output">Its output: a <see cref="Value"/>, or anything that System.Text.Json writes, such as an anonymous
    /// object.</param>
    /// <param name="meta">About the run, for `meta`: usage, cost, ...</param>
    public static FakeOutcome Output(object? output, object? meta = null) =>
        new(new NodeOutcome { Output = Plain.ToValue(output), Meta = Plain.ToValue(meta) });

    /// <summary>It completes at a port, and passes on what arrived.</summary>
    /// <param name="port">One of its type's ports.</param>
    public static FakeOutcome Port(string port) => new(NodeOutcome.Completed(Value.Null, port), passesOn: true);

    /// <summary>It completes at a port.</summary>
    /// <param name="port">One of its type's ports.</param>
    /// <param name="output">Its output, as in <see cref="Output"/>.</param>
    public static FakeOutcome Port(string port, object? output) => new(NodeOutcome.Completed(Plain.ToValue(output), port));

    /// <summary>The node fails with an error.</summary>
    /// <param name="type">A stable name such as "http" or "timeout"; retry rules match it.</param>
    /// <param name="message">The message, as a sentence.</param>
    /// <param name="retryable">Whether another attempt might succeed.</param>
    /// <param name="details">More, as data: a status, a body.</param>
    public static FakeOutcome Failure(string type, string message, bool retryable = false, object? details = null) =>
        new(NodeOutcome.Failed(new NodeError(type, message, retryable, Details: Plain.ToValue(details))));

    /// <summary>An outcome as node types give it.</summary>
    public static implicit operator FakeOutcome(NodeOutcome outcome) => new(outcome);

    /// <summary>The port that it takes; null: none.</summary>
    internal string? TakenPort => _outcome?.Port;

    /// <summary>The outcome, where this arrived; null: it never ends.</summary>
    internal NodeOutcome? For(Value data) => _passesOn ? _outcome! with { Output = data } : _outcome;
}
