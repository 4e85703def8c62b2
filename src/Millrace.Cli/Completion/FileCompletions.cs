using System.CommandLine.Completions;
using Millrace.Cli.Documents;

namespace Millrace.Cli.Completion;

/// <summary>Completes the names of workflow files, in every shell alike.</summary>
internal static class FileCompletions
{
    private const int MaxOffered = 200;

    public static IEnumerable<CompletionItem> Workflows(CompletionContext context)
    {
        var word = context.WordToComplete ?? "";
        // What is typed is kept as it is typed, './' and all.
        var end = word.LastIndexOfAny([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]) + 1;
        var (folder, beginning) = (word[..end], word[end..]);
        var directory = new DirectoryInfo(folder.Length == 0 ? "." : folder);
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.System };
        return !directory.Exists ? [] : directory.EnumerateFileSystemInfos("*", options)
            .Where(
                entry => entry.Name.StartsWith(beginning, StringComparison.Ordinal) && (entry.Name[0] != '.' || beginning.StartsWith('.')))
            .Where(entry =>
                entry is DirectoryInfo || WorkflowFile.Extensions.Contains(entry.Extension.ToLowerInvariant(), StringComparer.Ordinal))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Take(MaxOffered)
            .Select(entry => new CompletionItem(entry is DirectoryInfo ? $"{folder}{entry.Name}/" : folder + entry.Name));
    }
}
