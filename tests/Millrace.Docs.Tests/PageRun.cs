using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Docs.Tests;

/// <summary>
/// Follows a page as a reader would: saves the files that it says to save, and gives its bash blocks to one shell, in order, in one
/// folder that looks like a checkout. A text block after a bash block is what the reader should see; "…" in it stands for anything.
/// </summary>
internal sealed class PageRun(string path, int serverPort, int servicePort, string? dataDirectory) : IDisposable
{
    private const string Marker = "@@ block at line ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // What a test cannot do, or has done already: whole blocks of nothing but such lines are left out.
    private static readonly string[] NotRun =
    [
        "git clone ", "cd millrace", "dotnet run -c Release --project src/Millrace.Server", "dotnet build -c Release src/Millrace.Server",
        "dotnet build -c Release src/Millrace.Cli", "./test.sh", "bench/run.sh",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millrace-docs-");

    /// <summary>Whether a page starts the server itself.</summary>
    public static bool StartsServer(string page) => page.Contains("bin/Release/net10.0/Millrace.Server", StringComparison.Ordinal);

    /// <summary>Whether a block is not run.</summary>
    public static bool IsLeftOut(Block block) => Commands(block).All(line => Array.Exists(NotRun, line.StartsWith));

    /// <summary>Runs everything; what went wrong, or null.</summary>
    public async Task<string?> RunAsync(IReadOnlyList<Block> blocks, CancellationToken cancellation)
    {
        foreach (var name in (string[])["src", "samples", "docs"])
            Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, name), Repository.PathOf(name));
        if (dataDirectory is not null)
            Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, ".millrace"), dataDirectory);
        var (exitCode, output) = await RunAsync(ScriptOf(blocks), cancellation);
        if (exitCode != 0)
            return $"{path}: a command failed with {exitCode}. The output so far:\n{output}";
        return Outputs(output).Select(found => Difference(blocks, found.Line, found.Text)).FirstOrDefault(problem => problem is not null);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static IEnumerable<string> Commands(Block block) =>
        block.Text.Split('\n').Select(line => line.Split(" #")[0].Trim()).Where(line => line.Length > 0 && line[0] != '#');

    private string ScriptOf(IEnumerable<Block> blocks)
    {
        var script = new StringBuilder("set -e\ntrap 'kill -9 $(jobs -p) 2>/dev/null || true' EXIT\n");
        foreach (var block in blocks)
        {
            if (block.File is { } file)
                script.Append("cat > ").Append(file).Append(" <<'END_OF_FILE'\n").Append(block.Text).Append("END_OF_FILE\n");
            else if (block.Language == "bash" && !IsLeftOut(block))
                script.Append("printf '\\n").Append(Marker).Append(block.Line).Append("\\n'\n").Append(block.Text);
        }
        return script.ToString()
            .Replace(
                "dotnet run -c Release --project src/Millrace.Cli --",
                $"dotnet {Repository.Built("Millrace.Cli")}/millrace.dll",
                StringComparison.Ordinal)
            .Replace("src/Millrace.Server/bin/Release/net10.0", Repository.Built("Millrace.Server"), StringComparison.Ordinal)
            .Replace("127.0.0.1:8001", $"127.0.0.1:{serverPort}", StringComparison.Ordinal)
            .Replace("127.0.0.1:9001", $"127.0.0.1:{servicePort}", StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string script, CancellationToken cancellation)
    {
        var file = Path.Combine(_folder.FullName, ".page.sh");
        await File.WriteAllTextAsync(file, script, cancellation);
        var start = new ProcessStartInfo("bash")
        {
            ArgumentList = { "-c", "exec bash .page.sh > .page.log 2>&1 < /dev/null" },
            WorkingDirectory = _folder.FullName,
            UseShellExecute = false,
        };
        start.Environment["PORT"] = serverPort.ToString();
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
        var output = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, ".page.log"), CancellationToken.None);
        return (process.HasExited && !patience.IsCancellationRequested ? process.ExitCode : -1, output);
    }

    private static IEnumerable<(int Line, string Text)> Outputs(string output) => output.Split("\n" + Marker)[1..].Select(part =>
    {
        var end = part.IndexOf('\n', StringComparison.Ordinal);
        return (int.Parse(part[..end]), part[(end + 1)..]);
    });

    private string? Difference(IReadOnlyList<Block> blocks, int line, string output)
    {
        var next = blocks.SkipWhile(block => block.Line != line).Skip(1).FirstOrDefault();
        if (next is not { Language: "text" })
            return null;
        var lines = next.Text.TrimEnd().Split('\n').Select(expected => string.Join(".*?", expected.Trim().Split('…').Select(Regex.Escape)));
        output = output.Replace($"127.0.0.1:{serverPort}", "127.0.0.1:8001", StringComparison.Ordinal)
            .Replace($"127.0.0.1:{servicePort}", "127.0.0.1:9001", StringComparison.Ordinal);
        return Regex.IsMatch(output, string.Join(@"[\s\S]*?", lines), RegexOptions.None, Patience)
            ? null
            : $"{path}:{next.Line}: the page shows\n{next.Text}\nbut this came:\n{output}";
    }
}
