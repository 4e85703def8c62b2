using System.Globalization;
using Millrace.Core.Values;
using Spectre.Console;

namespace Millrace.Cli.Output;

/// <summary>Events as lines: when, where, what.</summary>
internal static class EventLines
{
    private const int WhereWidth = 14;

    public static void Write(Terminal terminal, bool toError, ShownEvent e)
    {
        var when = e.Time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var where = Printable.Of(e.Iteration.Length == 0 ? e.NodeId ?? "workflow" : $"{e.NodeId}[{e.Iteration}]").PadRight(WhereWidth);
        var what = Printable.Of(Describe(e));
        var writer = toError ? terminal.Error : terminal.Out;
        if ((toError ? terminal.RichError : terminal.RichOut) is not { } rich)
        {
            writer.WriteLine($"{when}  {where}  {what}");
            return;
        }
        rich.Write(new Text(when + "  ", Styles.Dim));
        rich.Write(new Text(where + "  ", e.NodeId is null ? Styles.Strong : Style.Plain));
        rich.Write(new Text(what, StyleOf(e)));
        rich.WriteLine();
    }

    /// <summary>What happened, in words.</summary>
    public static string Describe(ShownEvent e) => e.Type switch
    {
        "workflow_started" => "started",
        "workflow_waiting" => TimeOf(e.Data["until"], e.Time) is { } until ? $"waiting until {until}" : "waiting for a signal",
        "workflow_completed" => "completed",
        "workflow_failed" => $"failed: {Message(e.Data["error"])}",
        "workflow_cancelled" => ShownEvent.TextOf(e.Data["reason"]) is { } reason ? $"cancelled: {reason}" : "cancelled",
        "node_started" => Attempt(e) > 1 ? $"started, attempt {Attempt(e)}" : "started",
        "node_completed" => $"completed in {Lengths.Of(Milliseconds(e))}{Port(e)}",
        "node_failed" => $"failed: {Message(e.Data["error"])}",
        "node_retrying" =>
            $"attempt {Attempt(e)} failed: {Message(e.Data["error"])} The next one is due at {TimeOf(e.Data["dueAt"], e.Time)}.",
        "node_skipped" => "skipped, " + SkipReason(ShownEvent.TextOf(e.Data["reason"])),
        "node_waiting" =>
            TimeOf(e.Data["dueAt"], e.Time) is { } due ? $"waiting until {due}" : $"waiting ({ShownEvent.TextOf(e.Data["kind"])})",
        "node_in_doubt" => "in doubt: it was interrupted, and may have happened",
        "step_completed" =>
            $"step '{ShownEvent.TextOf(e.Data["name"])}' "
                + $"{(e.Data["error"].IsNull ? $"completed in {Lengths.Of(Milliseconds(e))}" : $"failed: {Message(e.Data["error"])}")}",
        "variables_changed" =>
            "set "
                + string.Join(
                    ", ",
                    Variables(e.Data["changes"], "=")
                        .Concat(Variables(e.Data["added"], "+="))
                        .Concat(Variables(e.Data["parts"], "+=", except: e.Data["changes"]))),
        "log" =>
            $"{ShownEvent.TextOf(e.Data["level"])}: "
                + $"{ShownEvent.TextOf(e.Data["message"])}{(e.Data["data"].IsNull ? "" : " " + e.Data["data"].ToJson())}",
        _ => e.Type.Replace('_', ' '),
    };

    private static IEnumerable<string> Variables(Value values, string sign, Value except = default) => values.TryGetMap(out var map)
        ? map.Entries
            .ToArray()
            .Where(entry => except[entry.Key.AsString()].IsNull)
            .Select(entry => $"{entry.Key.AsString()} {sign} {entry.Value.ToJson()}")
        : [];

    public static string Message(Value error) => ShownEvent.TextOf(error["message"]) ?? "no reason was given";

    /// <summary>Why a node did not run, in words.</summary>
    public static string SkipReason(string? reason) => reason switch
    {
        "condition" or "bypassedByCondition" => "its condition is false",
        "disabled" => "it is disabled",
        _ => "no path led here",
    };

    private static Style StyleOf(ShownEvent e) => e.Type switch
    {
        "workflow_completed" => Styles.Good,
        "workflow_failed" or "node_failed" => Styles.Bad,
        "workflow_cancelled" or "node_retrying" or "node_in_doubt" => Styles.Doubtful,
        "workflow_waiting" or "node_waiting" => Styles.Busy,
        "log" =>
            ShownEvent.TextOf(e.Data["level"]) switch { "error" => Styles.Bad, "warning" or "warn" => Styles.Doubtful, _ => Style.Plain },
        "node_completed" => Style.Plain,
        _ => Styles.Dim,
    };

    private static long Attempt(ShownEvent e) => e.Data["attempt"].TryGetInt(out var attempt) ? attempt : 1;

    private static long Milliseconds(ShownEvent e) => e.Data["duration"].TryGetInt(out var milliseconds) ? milliseconds : 0;

    private static string Port(ShownEvent e) => ShownEvent.TextOf(e.Data["port"]) is { } port ? $", took '{port}'" : "";

    private static string? TimeOf(Value value, DateTimeOffset today) =>
        Rfc3339.TryParse(ShownEvent.TextOf(value), out var time)
            ? time.ToLocalTime()
                .ToString(
                    time.ToLocalTime().Date == today.ToLocalTime().Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : null;
}
