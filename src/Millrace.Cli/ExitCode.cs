namespace Millrace.Cli;

/// <summary>What the command's exit code says.</summary>
internal static class ExitCode
{
    /// <summary>Done; for an execution: it completed.</summary>
    public const int Completed = 0;

    /// <summary>The execution failed, or the server or the machine did not let it be done.</summary>
    public const int Failed = 1;

    /// <summary>The document, the input or the command line is wrong.</summary>
    public const int Invalid = 2;

    /// <summary>The execution was cancelled.</summary>
    public const int Cancelled = 3;

    /// <summary>All of them, for help texts.</summary>
    public const string Help = """
        Exit codes:
          0  completed
          1  failed
          2  the document, the input or the command line is invalid
          3  cancelled
        """;
}
