using System.Collections.Immutable;
using Millrace.Nodes.Code.Sandboxing;

namespace Millrace.Nodes.Code.Languages;

/// <summary>A language that code nodes may be in, as it runs on this machine.</summary>
internal abstract class CodeLanguage
{
    /// <summary>What to do where there is no sandbox.</summary>
    public const string WithoutSandbox = "With CODE_SANDBOX=none it runs without a sandbox, with all rights of the server.";

    /// <summary>As a config names it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a process is for calls of one size of memory only.</summary>
    public abstract bool IsBoundAtStart { get; }

    /// <summary>A code that does nothing.</summary>
    public abstract string Nothing { get; }

    /// <summary>Finds what runs it.</summary>
    /// <param name="mebibytes">How much memory code may use.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="problem">Why there is nothing that runs it, and what to do.</param>
    /// <returns>The commands to try, the best first.</returns>
    public abstract ImmutableArray<SandboxCommand> Find(int mebibytes, CodeSettings settings, out string? problem);

    /// <summary>An embedded file.</summary>
    protected static string Text(string name)
    {
        using var stream = typeof(CodeLanguage).Assembly.GetManifestResourceStream($"code/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
