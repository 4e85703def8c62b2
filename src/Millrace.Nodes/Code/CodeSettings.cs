namespace Millrace.Nodes.Code;

/// <summary>How code nodes run.</summary>
public sealed record CodeSettings
{
    /// <summary>What stands between code and this machine.</summary>
    public CodeSandbox Sandbox { get; init; } = CodeSandbox.Bubblewrap;

    /// <summary>The Python program; null: looked for.</summary>
    public string? Python { get; init; }

    /// <summary>A virtual environment whose packages Python code may import; null: the standard library alone.</summary>
    public string? PythonPackages { get; init; }

    /// <summary>A `node_modules` whose modules JavaScript code may require; null: none.</summary>
    public string? NodeModules { get; init; }

    /// <summary>How many processes of a language are kept for the next calls; 0: none, each call starts its own.</summary>
    public int Pool { get; init; } = 2;

    /// <summary>How many calls run at once.</summary>
    public int Concurrency { get; init; } = Math.Max(4, Environment.ProcessorCount * 2);
}

/// <summary>What stands between code and this machine.</summary>
public enum CodeSandbox
{
    /// <summary>
    /// A bubblewrap sandbox, which Python needs (Linux only). JavaScript runs without one where there is none: its interpreter
    /// reaches nothing of the machine.
    /// </summary>
    Bubblewrap,

    /// <summary>Nothing: the code may do what the server may.</summary>
    None,

    /// <summary>Code nodes are switched off.</summary>
    Off,
}
