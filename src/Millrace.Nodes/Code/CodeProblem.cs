using System.Globalization;
using Millrace.Sandbox.Sources;

namespace Millrace.Nodes.Code;

/// <summary>What is wrong with a code before it runs.</summary>
/// <param name="Code">What kind of problem it is.</param>
/// <param name="Message">What is wrong, and where in the code.</param>
/// <param name="IsFatal">It cannot run at all.</param>
internal sealed record CodeProblem(string Code, string Message, bool IsFatal)
{
    /// <summary>It gives nothing back. It may still be meant to fail, or to run into its timeout.</summary>
    public static readonly CodeProblem NoProcess = new("no_process",
        "The code has neither a function 'process' nor a 'return': the node will fail, as it gives nothing back.", IsFatal: false);

    /// <summary>Reads a code without running it; null: nothing is wrong, or there is nothing here that could tell.</summary>
    public static CodeProblem? Of(CodeRuntime runtime, CodeLanguageName language, string code) =>
        language == CodeLanguageName.Javascript ? JavaScript(code) : runtime.PythonProblem(code);

    private static CodeProblem? JavaScript(string code)
    {
        if (JavaScriptSource.Read(code, out var error) is not { } source)
            return Syntax(error!.Message, error.Line, error.Column);
        return source is { HasProcess: false, HasReturn: false } ? NoProcess : null;
    }

    /// <summary>It cannot be read.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="line">From 1.</param>
    /// <param name="column">From 1.</param>
    public static CodeProblem Syntax(string message, long line, long column) =>
        new("code_syntax", string.Create(CultureInfo.InvariantCulture,
            $"The code cannot be read, line {line}, column {column}: {message.TrimEnd('.')}."), IsFatal: true);
}
