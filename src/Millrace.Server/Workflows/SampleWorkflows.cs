using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Nodes;
using Millrace.Engine.Storage;

namespace Millrace.Server.Workflows;

/// <summary>Gives an empty store the sample workflows, so that the first look shows something that runs.</summary>
internal static class SampleWorkflows
{
    private const string Folder = "samples";

    /// <summary>Where the samples lie: beside the program, or further up, as in a checkout; null: nowhere.</summary>
    public static string? Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var folder = Path.Combine(directory.FullName, Folder);
            if (Directory.Exists(folder))
                return folder;
            // A checkout ends at its root: what lies above belongs to somebody else.
            if (File.Exists(Path.Combine(directory.FullName, "Millrace.slnx")))
                return null;
        }
        return null;
    }

    /// <summary>Loads every document of a folder where there is no workflow yet. One that cannot be loaded is logged and left out.</summary>
    public static async Task LoadAsync(string folder, EngineOperations operations, INodeCompiler types, ILogger logger)
    {
        if (!(await operations.Workflows.ListAsync(Caller.Local, new WorkflowFilter(), new Page(1), CancellationToken.None)).IsDone(out var listed, out _) || listed.Items.Count > 0)
            return;
        var loaded = 0;
        foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            // Tests of a sample lie beside it.
            if (!Path.GetFileNameWithoutExtension(file).EndsWith(".tests", StringComparison.Ordinal)
                && FormatOf(file) is { } format
                && await SaveAsync(file, format, operations.WorkflowWrites, types, logger))
                loaded++;
        }
        if (loaded > 0)
            logger.LogInformation("Loaded {Count} sample workflows from {Folder}", loaded, folder);
    }

    private static DocumentFormat? FormatOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".json" => DocumentFormat.Json,
        ".yaml" or ".yml" => DocumentFormat.Yaml,
        _ => null,
    };

    private static async Task<bool> SaveAsync(string file, DocumentFormat format, WorkflowWrites writes, INodeCompiler types, ILogger logger)
    {
        var document = await File.ReadAllBytesAsync(file);
        // Named for its file, so that a sample that was deleted does not come back.
        var id = DefinitionReader.Read(document, format, types).Definition?.Id ?? Path.GetFileNameWithoutExtension(file);
        var outcome = await writes.SaveAsync(Caller.Local, id, new AuthoredDocument(document, format, AsDraft: false), expectedVersion: 0, key: null, CancellationToken.None);
        // One that was deleted, or is there already, is left as it is.
        if (!outcome.IsDone(out _, out var refusal) && refusal is Refusal.Malformed or Refusal.Invalid)
            logger.LogWarning("The sample {File} is not valid: {Problem}", file, refusal.Message);
        return refusal is null;
    }
}
