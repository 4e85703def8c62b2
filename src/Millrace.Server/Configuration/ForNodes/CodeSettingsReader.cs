using Millrace.Nodes.Code;

namespace Millrace.Server.Configuration.ForNodes;

/// <summary>Reads how code nodes run.</summary>
internal sealed class CodeSettingsReader(SettingValues values)
{
    private const int MaxWaiting = 64;
    private const int MaxAtOnce = 1_000;

    public CodeSettings Read()
    {
        var usual = new CodeSettings();
        return new CodeSettings
        {
            Sandbox = Sandbox(usual.Sandbox),
            Python = Program(SettingNames.CodePython, "python3"),
            PythonPackages = Folder(SettingNames.CodePythonPackages, "a virtual environment"),
            NodeModules = Folder(SettingNames.CodeNodeModules, "a node_modules folder"),
            Pool = values.Number(SettingNames.CodePool, 0, MaxWaiting) ?? usual.Pool,
            Concurrency = values.Number(SettingNames.CodeConcurrency, 1, MaxAtOnce) ?? usual.Concurrency,
        };
    }

    private CodeSandbox Sandbox(CodeSandbox usual)
    {
        switch (values.Text(SettingNames.CodeSandbox)?.ToLowerInvariant())
        {
            case null: return usual;
            case "bubblewrap": return CodeSandbox.Bubblewrap;
            case "off": return CodeSandbox.Off;
            case "none":
                values.Warning(
                    $"{SettingNames.CodeSandbox} is 'none': Python code in workflows runs with all rights of this server. "
                    + "Everyone who may save a workflow can control this machine.");
                return CodeSandbox.None;
            default:
                values.Problem($"{SettingNames.CodeSandbox} is '{values.Text(SettingNames.CodeSandbox)}'. Use bubblewrap, none or off.");
                return usual;
        }
    }

    private string? Folder(string name, string what)
    {
        var path = values.Text(name);
        if (path is not null && (!Path.IsPathFullyQualified(path) || !Directory.Exists(path)))
            values.Problem($"{name} is '{path}', which is not a folder. Use the full path of {what}.");
        return path;
    }

    private string? Program(string name, string usual)
    {
        var path = values.Text(name);
        if (path is not null && (!Path.IsPathFullyQualified(path) || !File.Exists(path)))
            values.Problem(
                $"{name} is '{path}', which is not a program. "
                + $"Use a path such as /usr/bin/{usual}.");
        return path;
    }
}
