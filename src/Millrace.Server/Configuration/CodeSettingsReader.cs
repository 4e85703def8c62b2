using System.Globalization;
using Millrace.Nodes.Code;

namespace Millrace.Server.Configuration;

/// <summary>Checks the settings of code nodes.</summary>
/// <param name="text">Finds a setting.</param>
/// <param name="problems">Gets a sentence for each wrong one.</param>
/// <param name="warnings">Gets a sentence for what is dangerous.</param>
internal sealed class CodeSettingsReader(Func<string, string?> text, List<string> problems, List<string> warnings)
{
    private const int MostWaiting = 64;
    private const int MostAtOnce = 1_000;

    public CodeSettings Read()
    {
        var usual = new CodeSettings();
        return new CodeSettings
        {
            Sandbox = Sandbox(usual.Sandbox),
            Python = Program(SettingNames.CodePython),
            Node = Program(SettingNames.CodeNode),
            Pool = Number(SettingNames.CodePool, 0, MostWaiting) ?? usual.Pool,
            Concurrency = Number(SettingNames.CodeConcurrency, 1, MostAtOnce) ?? usual.Concurrency,
        };
    }

    private CodeSandbox Sandbox(CodeSandbox usual)
    {
        switch (text(SettingNames.CodeSandbox)?.ToLowerInvariant())
        {
            case null: return usual;
            case "bubblewrap": return CodeSandbox.Bubblewrap;
            case "off": return CodeSandbox.Off;
            case "none":
                warnings.Add($"{SettingNames.CodeSandbox} is 'none': code in workflows may do whatever this server may. Whoever may save a workflow has this machine.");
                return CodeSandbox.None;
            default:
                problems.Add($"{SettingNames.CodeSandbox} is '{text(SettingNames.CodeSandbox)}'. Use bubblewrap, none or off.");
                return usual;
        }
    }

    private string? Program(string name)
    {
        var path = text(name);
        if (path is not null && (!Path.IsPathFullyQualified(path) || !File.Exists(path)))
            problems.Add($"{name} is '{path}', where there is no program. Use a path such as /usr/bin/{(string.Equals(name, SettingNames.CodePython, StringComparison.Ordinal) ? "python3" : "node")}.");
        return path;
    }

    private int? Number(string name, int least, int most)
    {
        if (text(name) is not { } given)
            return null;
        if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        problems.Add($"{name} is '{given}'. Use a number from {least} to {most}.");
        return null;
    }
}
