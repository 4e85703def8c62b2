using System.Text.Json;

namespace Millrace.Sandbox.Realms;

/// <summary>A `node_modules` that the operator has named: its files can be loaded, and nothing beside them be read.</summary>
internal sealed class ModuleFolder
{
    private const long MaxFileBytes = 16 * 1024 * 1024;
    private static readonly string[] Endings = ["", ".js", ".cjs", ".json", "/index.js", "/index.cjs", "/index.json"];

    private readonly string _root;

    /// <param name="folder">The folder.</param>
    public ModuleFolder(string folder) => _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;

    /// <summary>The file that a name stands for.</summary>
    /// <param name="name">A module, or a path from a module's file.</param>
    /// <param name="from">The file that asks, from the folder; empty: the code itself.</param>
    /// <returns>A path from the folder; null: there is none.</returns>
    public string? Find(string name, string from)
    {
        if (name.StartsWith('.'))
            return from.Length == 0 ? null : File(Path.Combine(Path.GetDirectoryName(from)!, name));
        // The innermost node_modules first.
        for (var folder = Path.GetDirectoryName(from); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            if (Package(Path.Combine(folder, "node_modules", name)) is { } nested)
                return nested;
        }
        return Package(name);
    }

    /// <summary>The text of a file that <see cref="Find"/> has found.</summary>
    public string Read(string path) => System.IO.File.ReadAllText(Inside(path)!);

    private string? Package(string path) => File(path, usesIndex: false) ?? Main(path) ?? File(path);

    private string? Main(string path)
    {
        if (File(Path.Combine(path, "package.json"), usesIndex: false) is not { } description)
            return null;
        try
        {
            using var json = JsonDocument.Parse(Read(description));
            return json.RootElement.TryGetProperty("main", out var main) && main.GetString() is { } name
                ? File(Path.Combine(path, name)) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private string? File(string path, bool usesIndex = true)
    {
        foreach (var ending in Endings)
        {
            if (!usesIndex && ending.StartsWith('/'))
                return null;
            if (Inside(path + ending) is { } full && new FileInfo(full) is { Exists: true, Length: <= MaxFileBytes })
                return Path.GetRelativePath(_root, full);
        }
        return null;
    }

    // Null: it leads out of the folder, also by a link.
    private string? Inside(string path)
    {
        // No file system has such a name.
        if (path.Contains('\0', StringComparison.Ordinal))
            return null;
        var full = Path.GetFullPath(Path.Combine(_root, path));
        if (!full.StartsWith(_root, StringComparison.Ordinal))
            return null;
        for (var part = full; part.Length >= _root.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is not null)
                return null;
        }
        return full;
    }
}
