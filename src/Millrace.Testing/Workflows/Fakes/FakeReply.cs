using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Fakes;

/// <summary>One reply of a faked model.</summary>
public sealed record FakeReply
{
    private FakeReply()
    {
    }

    /// <summary>Tokens of the question; null: one for each four characters.</summary>
    public long? TokensIn { get; init; }

    /// <summary>Tokens of the answer; null: one for each four characters.</summary>
    public long? TokensOut { get; init; }

    /// <summary>Why it ended: "stop", or "length" where it was cut off.</summary>
    public string FinishReason { get; init; } = "stop";

    internal string Answer { get; private init; } = "";

    internal NodeError? Error { get; private init; }

    /// <summary>It answers with a text.</summary>
    public static FakeReply Text(string text) => new() { Answer = text };

    /// <summary>It answers with JSON.</summary>
    /// <param name="answer">A <see cref="Value"/>, or anything that System.Text.Json writes.</param>
    public static FakeReply Json(object? answer) => new() { Answer = Plain.ToValue(answer).ToJson() };

    /// <summary>It does not answer.</summary>
    /// <param name="type">A stable name, such as "model" or "rate_limit".</param>
    /// <param name="message">The message, as a sentence.</param>
    /// <param name="retryable">Whether another attempt might succeed.</param>
    public static FakeReply Failure(string type, string message, bool retryable = false) =>
        new() { Error = new NodeError(type, message, retryable) };
}
