using System.Collections.Immutable;

namespace Millrace.Nodes.Code.Languages;

/// <summary>
/// A language that code nodes may be in: a runner that speaks the protocol of these folders, and the program that runs it.
/// </summary>
/// <param name="Name">As a config names it.</param>
/// <param name="Setting">The setting that says where the program is.</param>
/// <param name="Programs">What it is called where no setting says.</param>
/// <param name="Runner">The runner's file beside this one.</param>
/// <param name="MaxProcesses">How many processes and threads a call may have.</param>
/// <param name="OwnMebibytes">What the program itself needs, beyond what the code may use.</param>
internal sealed record CodeLanguage(
    string Name, string Setting, ImmutableArray<string> Programs, string Runner, int MaxProcesses, int OwnMebibytes)
{
    public static readonly CodeLanguage Python = new(
        "python", "CODE_PYTHON", ["python3", "python"], "runner.py", MaxProcesses: 16, OwnMebibytes: 32)
    {
        // Isolated from its environment and without what somebody installed: the standard library alone.
        Arguments = (runner, _) => ["-I", "-S", "-B", "-c", runner],
    };

    public static readonly CodeLanguage JavaScript = new(
        "javascript", "CODE_NODE", ["node", "nodejs"], "runner.js", MaxProcesses: 32, OwnMebibytes: 160)
    {
        Arguments = (runner, mebibytes) => [$"--max-old-space-size={mebibytes}", "--no-warnings", "-e", runner],
    };

    /// <summary>The arguments of the program: from the runner's text, and how many MiB the code may use.</summary>
    public required Func<string, int, ImmutableArray<string>> Arguments { get; init; }

    /// <summary>The text of the runner.</summary>
    public string RunnerText { get; } = ReadRunner(Runner);

    private static string ReadRunner(string name)
    {
        using var stream = typeof(CodeLanguage).Assembly.GetManifestResourceStream($"code/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
