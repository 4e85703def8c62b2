using System.Text.Json;
using Millrace.Cli.Output;
using Millrace.Server.Http;
using Spectre.Console;

namespace Millrace.Cli.Testing;

/// <summary>Prints what came of tests, and says it as an exit code.</summary>
internal static class TestOutput
{
    private static readonly Style[] StyleOf = [Styles.Bad, Styles.Good];

    public static int Write(Terminal terminal, IReadOnlyList<TestedFile> files)
    {
        foreach (var (file, cases) in files)
        {
            ProblemLines.Write(terminal.Out, terminal.RichOut, file.Path, file.Problems);
            foreach (var (one, outcome) in cases)
            {
                if (terminal.RichOut is { } rich)
                    rich.Write(new Text(outcome.Passed ? "✓ " : "✗ ", StyleOf[outcome.Passed ? 1 : 0]));
                else
                    terminal.Out.Write(outcome.Passed ? "ok    " : "FAIL  ");
                terminal.Out.WriteLine(Printable.Of($"{file.Path}:{one.Line}: {one.Name}"));
                foreach (var line in outcome.Failures)
                    terminal.Out.WriteLine("      " + Printable.Of(line));
            }
        }
        return Summarize(terminal, files);
    }

    public static int WriteJson(Terminal terminal, IReadOnlyList<TestedFile> files)
    {
        terminal.Out.WriteLine(Json.Write(writer => Write(writer, files)));
        return CodeOf(files);
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<TestedFile> files)
    {
        writer.WriteStartArray();
        foreach (var (file, cases) in files)
        {
            writer.WriteStartObject();
            writer.WriteString("file", file.Path);
            ProblemJson.WriteAll(writer, "errors", file.Problems);
            writer.WriteStartArray("cases");
            foreach (var (one, outcome) in cases)
            {
                writer.WriteStartObject();
                writer.WriteString("name", one.Name);
                writer.WriteNumber("line", one.Line);
                writer.WriteBoolean("passed", outcome.Passed);
                writer.WriteStartArray("failures");
                foreach (var line in outcome.Failures)
                    writer.WriteStringValue(line);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static int Summarize(Terminal terminal, IReadOnlyList<TestedFile> files)
    {
        var cases = files.SelectMany(file => file.Cases).ToList();
        var failed = cases.Count(one => !one.Outcome.Passed);
        var wrong = files.Count(file => !file.File.Problems.IsEmpty);
        if (cases.Count == 0 && wrong == 0)
            return terminal.Fail("No case matches the filter. List all cases without --filter.", ExitCode.Invalid);
        terminal.Out.WriteLine(
            $"{cases.Count - failed} passed, {failed} "
                + $"failed{(wrong == 0 ? "" : $", {wrong} {(wrong == 1 ? "file" : "files")} that cannot be run")}");
        return CodeOf(files);
    }

    private static int CodeOf(IReadOnlyList<TestedFile> files) =>
        files.Any(file => !file.File.Problems.IsEmpty) || !files.Any(file => file.Cases.Count > 0) ? ExitCode.Invalid
        : files.All(file => file.Cases.All(one => one.Outcome.Passed)) ? ExitCode.Completed : ExitCode.Failed;
}
