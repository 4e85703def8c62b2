using Millrace.Core.Definitions;
using Spectre.Console;

namespace Millrace.Cli.Output;

/// <summary>Problems as compilers print them: <c>file:line:column: error code: message</c>.</summary>
internal static class ProblemLines
{
    public static void Write(TextWriter writer, IAnsiConsole? rich, string file, IEnumerable<Problem> problems)
    {
        foreach (var problem in problems)
        {
            var isError = problem.Severity == Severity.Error;
            if (rich is null)
            {
                writer.WriteLine(Format(file, problem));
                continue;
            }
            rich.Write(new Text(PlaceOf(file, problem) + ": ", Styles.Strong));
            rich.Write(new Text(SeverityOf(problem), isError ? Styles.Bad : Styles.Doubtful));
            rich.Write(new Text($" {problem.Code}: ", Styles.Dim));
            writer.WriteLine(SentenceOf(problem));
        }
    }

    public static string Format(string file, Problem problem) =>
        $"{PlaceOf(file, problem)}: {SeverityOf(problem)} {problem.Code}: {SentenceOf(problem)}";

    private static string PlaceOf(string file, Problem problem) => problem.Line is { } line ? $"{file}:{line}:{problem.Column ?? 1}" : file;

    private static string SeverityOf(Problem problem) => problem.Severity == Severity.Error ? "error" : "warning";

    private static string SentenceOf(Problem problem) => Printable.Of(problem.Message);
}
