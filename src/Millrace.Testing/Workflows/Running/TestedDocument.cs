using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Graphs;
using Millrace.Engine.Nodes;
using Millrace.Engine.Workflows;

namespace Millrace.Testing.Workflows.Running;

/// <summary>A workflow document that can run.</summary>
/// <param name="Name">What to call it in messages: its file, mostly.</param>
/// <param name="Content">Its text.</param>
/// <param name="Format">Its format.</param>
/// <param name="Graph">What it is compiled to, with the types as they are.</param>
internal sealed record TestedDocument(string Name, byte[] Content, DocumentFormat Format, CompiledGraph Graph)
{
    /// <summary>Its id: its own, else the name of its file.</summary>
    public string? Id =>
        Graph.Definition.Id
            ?? (WorkflowLibrary.IsId(Path.GetFileNameWithoutExtension(Name)) ? Path.GetFileNameWithoutExtension(Name) : null);

    public static TestedDocument Read(string path, NodeRegistry types)
    {
        try
        {
            return Load(path, File.ReadAllBytes(path), types);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WorkflowTestException(
                $"There is no file '{path}' in {Directory.GetCurrentDirectory()}. Give a path relative to it, or an absolute path.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorkflowTestException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    public static TestedDocument Parse(string text, string name, NodeRegistry types) => Load(name, Encoding.UTF8.GetBytes(text), types);

    private static TestedDocument Load(string name, byte[] content, NodeRegistry types)
    {
        var format = FormatOf(name, content);
        var analysis = Analysis.Of(content, format, types);
        if (analysis.Graph is { } graph)
            return new TestedDocument(name, content, format, graph);
        var errors = analysis.Problems.Where(problem => problem.Severity == Severity.Error)
            .Select(problem => $"  {Place(name, problem)}: error {problem.Code}: {problem.Message}");
        throw new WorkflowTestException($"'{name}' cannot be run:\n{string.Join('\n', errors)}");
    }

    private static string Place(string name, Problem problem) => problem.Line is { } line ? $"{name}:{line}:{problem.Column ?? 1}" : name;

    private static DocumentFormat FormatOf(string name, ReadOnlySpan<byte> content) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".json" => DocumentFormat.Json,
        ".yaml" or ".yml" => DocumentFormat.Yaml,
        _ => content.TrimStart("\uFEFF \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? DocumentFormat.Json : DocumentFormat.Yaml,
    };
}
