using System.Collections.Immutable;

namespace Millrace.Core.Definitions;

/// <summary>One thing wrong with a document: where, what, and what to do.</summary>
/// <param name="Pointer">JSON pointer into the authored document.</param>
/// <param name="Code">A stable name such as "unknown_node_type".</param>
/// <param name="Message">A sentence that is whole without the other fields.</param>
/// <param name="Suggestion">What was probably meant instead of what stands there; null where nothing can be guessed.</param>
/// <param name="Severity">Whether it stops the document from being saved.</param>
/// <param name="Line">1-based line in the authored text; null where no text was at hand.</param>
/// <param name="Column">1-based column.</param>
public sealed record Problem(
    string Pointer,
    string Code,
    string Message,
    string? Suggestion = null,
    Severity Severity = Severity.Error,
    int? Line = null,
    int? Column = null)
{
    /// <summary>A way through the workflow on which it goes wrong; empty where it is no matter of ways.</summary>
    public ImmutableArray<PathStep> Path { get; init; } = [];
}

/// <summary>A node on a way through a workflow.</summary>
/// <param name="Node">Its id.</param>
/// <param name="Port">The port at which the way goes on; null: none in particular.</param>
public sealed record PathStep(string Node, string? Port);

/// <summary>How bad a problem is.</summary>
public enum Severity
{
    /// <summary>The document cannot be run.</summary>
    Error,
    /// <summary>The document can be run; it may not do what was meant.</summary>
    Warning,
}
