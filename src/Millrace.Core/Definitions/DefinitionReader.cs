using System.Collections.Immutable;
using Millrace.Core.Definitions.Dialects;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions.Reading;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>What came out of reading a document.</summary>
public sealed record ReadResult
{
    /// <summary>
    /// The definition; null where the document is malformed, of no known dialect, or beyond a limit. It may exist and be invalid.
    /// </summary>
    public WorkflowDefinition? Definition { get; init; }

    /// <summary>What was wrong with its form. <see cref="DefinitionValidator"/> finds the rest.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>The document as a tree, verbatim; null where it is malformed.</summary>
    public Value Document { get; init; }

    /// <summary>Whether the text is not even of its format, which is the sender's mistake rather than the author's.</summary>
    public bool Malformed { get; init; }

    /// <summary>
    /// Lines and columns of a YAML document; null for JSON, where <see cref="SourceMap.OfJson"/> finds them when they are wanted.
    /// </summary>
    public SourceMap? Positions { get; init; }

    /// <summary>Problems with their pointers as the document writes its keys and, for YAML, with lines and columns.</summary>
    public ImmutableArray<Problem> Locate(IEnumerable<Problem> problems)
    {
        ImmutableArray<Problem> authored =
        [
            .. problems.Select(problem => problem with { Pointer = JsonPointer.Authored(Document, problem.Pointer) }),
        ];
        return Positions?.Locate(authored) ?? authored;
    }
}

/// <summary>Reads documents of every dialect into definitions. Never throws on bad input and never executes anything.</summary>
public static class DefinitionReader
{
    /// <summary>Reads a text of at most <see cref="DefinitionLimits.DocumentBytes"/>.</summary>
    public static ReadResult Read(ReadOnlySpan<byte> document, DocumentFormat format, INodeCatalog catalog)
    {
        var parsed = ParsedDocument.Parse(document, format);
        if (!parsed.Failures.IsEmpty)
            return new ReadResult { Malformed = true, Problems = parsed.Failures };
        var result = Read(parsed.Root, catalog);
        result = result with { Positions = parsed.Positions };
        return result with { Problems = result.Locate(result.Problems) };
    }

    /// <summary>Reads a document that is a tree already.</summary>
    public static ReadResult Read(Value document, INodeCatalog catalog)
    {
        var problems = new ProblemList();
        var definition = DialectDetector.Detect(document, default, problems) is { } dialect
            ? WorkflowReading.Read(document.AsMap(), dialect, new Draft(catalog, problems))
            : null;
        return new ReadResult { Definition = definition, Problems = problems.ToImmutable(), Document = document };
    }

    /// <summary>
    /// Reads the graph inside a node's config, such as the body of a forEach: nodes and edges, or steps, without a start. Pointers begin
    /// with <paramref name="at"/>.
    /// </summary>
    public static ReadResult ReadBody(Value body, SourcePointer at, INodeCatalog catalog)
    {
        var problems = new ProblemList();
        var definition = DialectDetector.Detect(body, at, problems) is { } dialect
            ? WorkflowReading.ReadBody(body.AsMap(), at, dialect, new Draft(catalog, problems))
            : null;
        return new ReadResult { Definition = definition, Problems = problems.ToImmutable(), Document = body };
    }

    /// <summary>Reads a text and, where it could be read, validates what it says: every problem at once, each with its place.</summary>
    public static ReadResult ReadAndValidate(ReadOnlySpan<byte> document, DocumentFormat format, INodeCatalog catalog)
    {
        var result = Read(document, format, catalog);
        if (result.Definition is not { } definition)
            return result;
        var found = DefinitionValidator.Validate(definition, result.Document, catalog);
        return result with { Problems = result.Locate([.. result.Problems, .. found]) };
    }
}
