using Millrace.Core.Definitions.Documents;

namespace Millrace.Cli.Documents;

/// <summary>A workflow document as read from a file, or from standard input where it is called '-'.</summary>
/// <param name="Name">What to call it in messages.</param>
/// <param name="Content">Its text, verbatim.</param>
/// <param name="Format">By its name, else by how it begins.</param>
internal sealed record WorkflowFile(string Name, byte[] Content, DocumentFormat Format)
{
    /// <summary>The ends of names that workflow documents have.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".json", ".yaml", ".yml"];

    /// <summary>Reads a document; where that is not possible, the problem is a sentence.</summary>
    public static (WorkflowFile? File, string? Problem) Read(string path)
    {
        var (content, problem) = Files.Read(path);
        return content is null
            ? (null, problem)
            : (new WorkflowFile(path is "-" ? "(standard input)" : path, content, FormatOf(path, content)), null);
    }

    private static DocumentFormat FormatOf(string path, ReadOnlySpan<byte> content) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".json" => DocumentFormat.Json,
        ".yaml" or ".yml" => DocumentFormat.Yaml,
        _ => content.TrimStart("\uFEFF \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? DocumentFormat.Json : DocumentFormat.Yaml,
    };
}
