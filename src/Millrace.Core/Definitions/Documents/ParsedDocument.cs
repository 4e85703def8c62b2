using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Documents;

/// <summary>The text formats of a document.</summary>
public enum DocumentFormat
{
    /// <summary>JSON (RFC 8259).</summary>
    Json,
    /// <summary>YAML 1.2, core schema.</summary>
    Yaml,
}

/// <summary>A document as a tree, or the reasons why it is none.</summary>
internal sealed record ParsedDocument(Value Root, SourceMap? Positions, ImmutableArray<Problem> Failures)
{
    /// <summary>The document that was none.</summary>
    public static ParsedDocument Failed(ImmutableArray<Problem> failures) => new(Value.Null, null, failures);

    public static ParsedDocument Parse(ReadOnlySpan<byte> document, DocumentFormat format)
    {
        if (document.StartsWith(Encoding.UTF8.Preamble))
            document = document[Encoding.UTF8.Preamble.Length..];
        try
        {
            Check(document, format);
            return format == DocumentFormat.Json ? JsonDocumentReader.Read(document) : YamlDocumentReader.Read(document);
        }
        catch (UnreadableDocumentException e)
        {
            return Failed([e.Problem]);
        }
    }

    /// <summary>The code of text that is not of its format.</summary>
    public static string MalformedCode(DocumentFormat format) => format == DocumentFormat.Json ? "malformed_json" : "malformed_yaml";

    private static void Check(ReadOnlySpan<byte> document, DocumentFormat format)
    {
        if (document.Length > DefinitionLimits.DocumentBytes)
            throw new UnreadableDocumentException(
                "document_too_large",
                $"The document has {document.Length} bytes; at most {DefinitionLimits.DocumentBytes} are allowed. Split it into "
                    + "subworkflows.");
        if (document.Trim(" \t\r\n"u8).IsEmpty)
            throw new UnreadableDocumentException(MalformedCode(format), "The document is empty.", 1, 1);
        if (!System.Text.Unicode.Utf8.IsValid(document))
            throw new UnreadableDocumentException(MalformedCode(format), "The document is not valid UTF-8; save it as UTF-8.");
    }
}

/// <summary>Ends the reading of a text that cannot become a tree. Never leaves this folder.</summary>
internal sealed class UnreadableDocumentException(string code, string message, int? line = null, int? column = null) : Exception(message)
{
    public Problem Problem { get; } = new("", code, message, Line: line, Column: column);
}
