using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Fakes;

/// <summary>What the outside answers a node that waits for it.</summary>
public sealed record TestAnswer
{
    private TestAnswer(string kind, MapValue payload) => (Kind, Payload) = (kind, payload);

    /// <summary>How long after the node began to wait it comes.</summary>
    public TimeSpan After { get; init; }

    /// <summary>
    /// The kind of wait that it answers: <see cref="NodeWait.Approval"/>, <see cref="NodeWait.Form"/>, <see cref="NodeWait.Callback"/> or
    /// <see cref="Delivery.Signal"/>.
    /// </summary>
    internal string Kind { get; }

    internal MapValue Payload { get; }

    /// <summary>An approval is given.</summary>
    /// <param name="data">What is filled in: anything that System.Text.Json writes.</param>
    /// <param name="comment">In the person's own words.</param>
    /// <param name="by">The user who answers.</param>
    public static TestAnswer Approved(object? data = null, string? comment = null, string? by = null) =>
        Decided("approved", data, comment, by);

    /// <summary>An approval is refused.</summary>
    /// <param name="comment">In the person's own words.</param>
    /// <param name="by">The user who answers.</param>
    public static TestAnswer Rejected(string? comment = null, string? by = null) => Decided("rejected", null, comment, by);

    /// <summary>A form is filled in.</summary>
    /// <param name="data">With this: anything that System.Text.Json writes.</param>
    public static TestAnswer Form(object? data) => new(NodeWait.Form, MapValue.Of("data", Plain.ToValue(data)));

    /// <summary>The signal comes that a node waits for.</summary>
    /// <param name="payload">What it says: anything that System.Text.Json writes.</param>
    public static TestAnswer Signal(object? payload = null) => new(Delivery.Signal, MapValue.Of("payload", Plain.ToValue(payload)));

    /// <summary>The address of a callback is called, by POST.</summary>
    /// <param name="body">With this: anything that System.Text.Json writes.</param>
    public static TestAnswer Call(object? body = null) => new(NodeWait.Callback, MapValue.Of(
        ("method", "POST"), ("path", ""), ("query", MapValue.Empty), ("headers", MapValue.Empty), ("body", Plain.ToValue(body))));

    private static TestAnswer Decided(string decision, object? data, string? comment, string? by) => new(NodeWait.Approval, new MapBuilder()
        .Set("decision", decision).SetIfPresent("comment", comment).SetIfPresent("data", Plain.ToValue(data)).SetIfPresent("answeredBy", by).Build());
}
