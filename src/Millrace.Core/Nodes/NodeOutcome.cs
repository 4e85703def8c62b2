using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Core.Nodes;

/// <summary>How one attempt of a node ended. Exactly one of: completed, failed, waiting for an answer from outside, or (with <see cref="Ending"/>) the end of the whole execution.</summary>
public sealed record NodeOutcome
{
    /// <summary>The output; null unless the node completed.</summary>
    public Value Output { get; init; }

    /// <summary>The port it chose; null: only unlabelled edges are taken.</summary>
    public string? Port { get; init; }

    /// <summary>What is about the run rather than its result: usage, cost, timings.</summary>
    public Value Meta { get; init; }

    /// <summary>Why it failed; null: it did not.</summary>
    public NodeError? Error { get; init; }

    /// <summary>What an effect that has begun something waits for now; null: it has ended.</summary>
    public NodeWait? Wait { get; init; }

    /// <summary>Whether it waited in vain: only the edges of its port "timeout" are taken; without one, it has failed.</summary>
    public bool TimedOut { get; init; }

    /// <summary>Variables that it sets; null: none.</summary>
    public MapValue? Variables { get; init; }

    /// <summary>How these join what the variables are.</summary>
    public VariableMerge Merge { get; init; }

    /// <summary>Lines for the execution's log.</summary>
    public ImmutableArray<LogLine> Logs { get; init; } = [];

    /// <summary>Whether the whole execution ends here.</summary>
    public Ending Ending { get; init; }

    /// <summary>A node that completed with an output.</summary>
    public static NodeOutcome Completed(Value output, string? port = null) => new() { Output = output, Port = port };

    /// <summary>A node that failed.</summary>
    public static NodeOutcome Failed(NodeError error) => new() { Error = error };

    /// <summary>A node that failed.</summary>
    /// <param name="type">A stable name such as "http" or "timeout"; retry rules match it.</param>
    /// <param name="message">A sentence: what is wrong and what to do.</param>
    /// <param name="retryable">Whether another attempt might succeed.</param>
    public static NodeOutcome Failed(string type, string message, bool retryable = false) => new() { Error = new(type, message, retryable) };

    /// <summary>What somebody else says of how it ended: {output, meta?} or {error {type, message, retryable?}}.</summary>
    public static NodeOutcome FromMessage(Value payload)
    {
        if (!payload["error"].TryGetMap(out var map))
            return new NodeOutcome { Output = payload["output"], Meta = payload["meta"] };
        Value error = map;
        return Failed(new NodeError(
            error["type"].TryGetString(out var type) ? type : "failed",
            error["message"].TryGetString(out var message) ? message : "It failed without saying why.",
            error["retryable"].TryGetBool(out var retryable) && retryable,
            Details: error));
    }
}

/// <summary>How a new value of a variable joins the one before.</summary>
public enum VariableMerge
{
    /// <summary>It takes its place.</summary>
    Replace,
    /// <summary>It is added to the end of a list.</summary>
    Append,
    /// <summary>Objects are merged, field by field.</summary>
    Deep,
}

/// <summary>What a finished node means for the whole execution.</summary>
public enum Ending
{
    /// <summary>Nothing; it goes on.</summary>
    None,
    /// <summary>It ends well, now; other branches are ended.</summary>
    Stop,
    /// <summary>It fails, now; other branches are ended.</summary>
    Fail,
}

/// <summary>Why an attempt failed.</summary>
/// <param name="Type">A stable name such as "http" or "timeout".</param>
/// <param name="Message">The message, as a sentence.</param>
/// <param name="Retryable">Whether another attempt might succeed.</param>
/// <param name="RetryAfter">How long the other side asked to wait.</param>
/// <param name="Details">More, as data: a status, a body.</param>
public sealed record NodeError(string Type, string Message, bool Retryable = false, TimeSpan? RetryAfter = null, Value Details = default)
{
    /// <summary>It took too long; whether it had its effect is not known.</summary>
    public const string Timeout = "timeout";

    /// <summary>The process died meanwhile; whether it had its effect is not known.</summary>
    public const string InDoubt = "inDoubt";

    /// <summary>Its steps are not those that were recorded of an earlier run: its code has changed, or does not always begin them in the same order.</summary>
    public const string StepMismatch = "step_mismatch";

    /// <summary>A budget does not allow what it would spend.</summary>
    public const string BudgetExceeded = "budget_exceeded";

    /// <summary>It has more or larger steps than it may.</summary>
    public const string StepLimit = "step_limit";
}

/// <summary>A line of an execution's log.</summary>
/// <param name="Level">debug, info, warn or error.</param>
/// <param name="Message">The text.</param>
/// <param name="Data">More details, as data.</param>
public sealed record LogLine(string Level, string Message, Value Data = default);

/// <summary>What a node waits for.</summary>
/// <param name="Kind">"delay", "signal", "approval", "form", "callback", "child", "task".</param>
/// <param name="DueAt">When it ends by itself; null: only by a message.</param>
/// <param name="Name">The signal's name, the child's id, or, of a call or a worker that an effect waits for, its attempt.</param>
/// <param name="Details">More for those who answer: a title, a form, a URL.</param>
public sealed record NodeWait(string Kind, DateTimeOffset? DueAt, string? Name = null, Value Details = default)
{
    /// <summary>The kind that ends with another execution.</summary>
    public const string Child = "child";

    /// <summary>The kind that ends with a person's decision.</summary>
    public const string Approval = "approval";

    /// <summary>The kind that ends with a form that a person fills in.</summary>
    public const string Form = "form";

    /// <summary>The kind that ends with another program's call.</summary>
    public const string Callback = "callback";

    /// <summary>The kind that ends with what a worker says of the task that it was given.</summary>
    public const string Task = "task";
}
