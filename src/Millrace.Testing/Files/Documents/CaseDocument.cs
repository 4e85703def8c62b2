using Millrace.Core.Values;

namespace Millrace.Testing.Files.Documents;

/// <summary>A file of tests, as it is written. From these records come the names and types that are allowed.</summary>
internal sealed record SuiteDocument
{
    public string? Workflow { get; init; }

    public IReadOnlyList<string>? Workflows { get; init; }

    public required IReadOnlyList<CaseDocument> Cases { get; init; }
}

internal sealed record CaseDocument
{
    public required string Name { get; init; }

    public Value Input { get; init; }

    public IReadOnlyDictionary<string, Value>? Inputs { get; init; }

    public IReadOnlyDictionary<string, Value>? Variables { get; init; }

    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    public DateTimeOffset? Now { get; init; }

    public TimeSpan? Until { get; init; }

    public IReadOnlyDictionary<string, FakeDocument>? Nodes { get; init; }

    public IReadOnlyDictionary<string, FakeDocument>? Types { get; init; }

    /// <summary>A reply for each, or a list of them: <see cref="ReplyDocument"/>, or a text.</summary>
    public IReadOnlyDictionary<string, Value>? Models { get; init; }

    /// <summary>An answer for each, or a list of them: <see cref="AnswerDocument"/>, or a decision.</summary>
    public IReadOnlyDictionary<string, Value>? Answers { get; init; }

    public IReadOnlyList<SignalDocument>? Signals { get; init; }

    public IReadOnlyList<string>? Real { get; init; }

    public ExpectDocument? Expect { get; init; }
}

internal record OutcomeDocument
{
    public Value Output { get; init; }

    public Value Meta { get; init; }

    public string? Port { get; init; }

    public ErrorDocument? Error { get; init; }

    public bool NeverEnds { get; init; }
}

internal sealed record FakeDocument : OutcomeDocument
{
    public IReadOnlyList<Value>? Outputs { get; init; }

    public IReadOnlyList<OutcomeDocument>? Outcomes { get; init; }
}

internal sealed record ErrorDocument
{
    public required string Type { get; init; }

    public string Message { get; init; } = "It fails, as the test says.";

    public bool Retryable { get; init; }

    public Value Details { get; init; }
}

internal sealed record ReplyDocument
{
    public string? Text { get; init; }

    public Value Json { get; init; }

    public ErrorDocument? Error { get; init; }

    public long? TokensIn { get; init; }

    public long? TokensOut { get; init; }

    public string? FinishReason { get; init; }
}

internal sealed record AnswerDocument
{
    public string? Decision { get; init; }

    public string? Comment { get; init; }

    public string? AnsweredBy { get; init; }

    public Value Data { get; init; }

    public Value Payload { get; init; }

    public Value Body { get; init; }

    public TimeSpan After { get; init; }
}

internal sealed record SignalDocument
{
    public required string Name { get; init; }

    public Value Payload { get; init; }

    public TimeSpan After { get; init; }
}
