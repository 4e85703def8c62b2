using System.Text.Json;
using Millrace.Cli.Output;
using Millrace.Core.Executions;
using Spectre.Console;

namespace Millrace.Cli.CrashTesting;

/// <summary>Shows what a drill found.</summary>
internal static class CrashTestOutput
{
    private const int MaxCommitsShown = 8;
    private static readonly string[] Headings = ["STEP", "TYPE", "AGAIN AFTER A CRASH AT", "RUNS"];

    public static void Write(Terminal terminal, string file, CrashTestReport report)
    {
        WriteTable(terminal, report.Steps);
        terminal.Out.WriteLine();
        terminal.Out.WriteLine(
            $"{Printable.Of(file)}: {Count(report.Commits, "commit")}, killed "
                + $"{Count(report.Crashes, "time")}{(report.IsCutShort ? ", not at all of them: see --crashes" : "")}.");
        if (report.Ended.Status != ExecutionStatus.Completed)
            terminal.Error.WriteLine(
                Printable.Of(
                    $"warning: without a crash it {report.Ended.Status.Name()}{CrashTestReport.Because(report.Ended)} The steps after "
                        + "that were not drilled; set outputs with --outputs, or give another --input."));
        foreach (var end in report.OtherEnds)
            terminal.Fail($"After a crash at commit {end.Commit} {end.Says}; without one it {report.Ended.Status.Name()}.");
        foreach (var step in report.Steps.Where(step => step.Verdict == Verdict.Unsafe))
            terminal.Fail($"'{step.NodeId}' ({step.Type}) can run twice. {Advice}");
    }

    public static string ToJson(string file, CrashTestReport report) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("file", file);
        writer.WriteBoolean("safe", report.IsSafe);
        writer.WriteString("status", report.Ended.Status.Name());
        writer.WriteNumber("commits", report.Commits);
        writer.WriteNumber("crashes", report.Crashes);
        writer.WriteStartArray("steps");
        foreach (var step in report.Steps)
            Write(writer, step);
        writer.WriteEndArray();
        writer.WriteStartArray("otherEnds");
        foreach (var end in report.OtherEnds)
        {
            writer.WriteStartObject();
            writer.WriteNumber("commit", end.Commit);
            writer.WriteString("end", end.Says);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private const string Advice = "Set `inDoubt: ask` on it, so that a person says whether it happened, or `inDoubt: fail`; or let the "
        + "service recognise a repeated request: an http node sends the same Idempotency-Key both times.";

    private static void Write(Utf8JsonWriter writer, CrashTestStep step)
    {
        writer.WriteStartObject();
        writer.WriteString("node", step.NodeId);
        writer.WriteString("type", step.Type);
        writer.WriteString("verdict", JsonNamingPolicy.CamelCase.ConvertName(step.Verdict.ToString()));
        writer.WriteStartArray("repeatedAt");
        foreach (var commit in step.RepeatedAt)
            writer.WriteNumberValue(commit);
        writer.WriteEndArray();
        if (step.Verdict == Verdict.Unsafe)
            writer.WriteString("advice", Advice);
        writer.WriteEndObject();
    }

    private static void WriteTable(Terminal terminal, IReadOnlyList<CrashTestStep> steps)
    {
        if (terminal.RichOut is not { } rich)
        {
            terminal.Out.WriteLine(string.Join('\t', Headings));
            foreach (var step in steps)
                terminal.Out.WriteLine(string.Join('\t', Cells(step).Select(Printable.Of)));
            return;
        }
        var table = new Table().NoBorder();
        foreach (var heading in Headings)
            table.AddColumn(new TableColumn(new Text(heading, Styles.Dim)));
        foreach (var step in steps)
            table.AddRow(
                Cells(step).Select((cell, column) => new Text(Printable.Of(cell), column == 3 ? StyleOf(step.Verdict) : Style.Plain)));
        rich.Write(table);
    }

    private static string[] Cells(CrashTestStep step) => [step.NodeId, step.Type, Commits(step.RepeatedAt), step.Says];

    private static string Commits(IReadOnlyList<int> commits) => commits.Count == 0 ? "-"
        : $"commit {string.Join(", ", commits.Take(MaxCommitsShown))}{(commits.Count > MaxCommitsShown ? $" and {commits.Count - MaxCommitsShown} more" : "")}";

    private static Style StyleOf(Verdict verdict) => verdict switch
    {
        Verdict.Unsafe => Styles.Bad,
        Verdict.Costly or Verdict.NotReached => Styles.Doubtful,
        Verdict.NoEffect => Styles.Dim,
        _ => Style.Plain,
    };

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
