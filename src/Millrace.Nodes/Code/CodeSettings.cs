namespace Millrace.Nodes.Code;

/// <summary>How code nodes run.</summary>
public sealed record CodeSettings
{
    /// <summary>What stands between code and this machine.</summary>
    public CodeSandbox Sandbox { get; init; } = CodeSandbox.Bubblewrap;

    /// <summary>The Python program; null: looked for.</summary>
    public string? Python { get; init; }

    /// <summary>The Node.js program; null: looked for.</summary>
    public string? Node { get; init; }

    /// <summary>How many processes of a language wait for their call; 0: none, each call starts its own.</summary>
    public int Pool { get; init; } = 2;

    /// <summary>How many calls run at once.</summary>
    public int Concurrency { get; init; } = Math.Max(4, Environment.ProcessorCount * 2);
}

/// <summary>What stands between code and this machine.</summary>
public enum CodeSandbox
{
    /// <summary>A bubblewrap sandbox: Linux only.</summary>
    Bubblewrap,

    /// <summary>Nothing: the code may do what the server may.</summary>
    None,

    /// <summary>Code nodes are switched off.</summary>
    Off,
}
