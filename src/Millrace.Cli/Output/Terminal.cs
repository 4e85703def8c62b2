using Spectre.Console;

namespace Millrace.Cli.Output;

/// <summary>
/// Where a command writes. What was asked for goes to <see cref="Out"/>, so that it can be piped on; progress and complaints
/// go to <see cref="Error"/>. Each is plain text unless somebody looks at it who can see colours.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool hasRichOut, bool hasRichError)
{
    private IAnsiConsole? _richOut;
    private IAnsiConsole? _richError;

    public TextWriter Out => output;

    public TextWriter Error => error;

    /// <summary>A console on <see cref="Out"/>; null: plain text only.</summary>
    public IAnsiConsole? RichOut => hasRichOut ? _richOut ??= On(output) : null;

    /// <summary>A console on <see cref="Error"/>; null: plain text only.</summary>
    public IAnsiConsole? RichError => hasRichError ? _richError ??= On(error) : null;

    public static Terminal OfProcess()
    {
        var isPlain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            || string.Equals(Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal);
        return new Terminal(Console.Out, Console.Error, !isPlain && !Console.IsOutputRedirected, !isPlain && !Console.IsErrorRedirected);
    }

    /// <summary>Says what went wrong.</summary>
    public int Fail(string sentence, int exitCode = ExitCode.Failed)
    {
        if (RichError is { } rich)
            rich.Write(new Text("error: ", Styles.Bad));
        else
            error.Write("error: ");
        error.WriteLine(Printable.Of(sentence));
        return exitCode;
    }

    private static IAnsiConsole On(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
