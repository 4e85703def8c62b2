using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Core.Values;
using Spectre.Console;

namespace Millrace.Cli.Remote;

/// <summary>Executions as lines of a table.</summary>
internal static class ExecutionRows
{
    private static readonly string[] Headings = ["ID", "WORKFLOW", "STATUS", "PROGRESS", "CREATED", "DURATION"];

    public static void Write(Terminal terminal, IReadOnlyList<Value> executions)
    {
        if (terminal.RichOut is not { } rich)
        {
            terminal.Out.WriteLine(string.Join('\t', Headings));
            foreach (var execution in executions)
                terminal.Out.WriteLine(string.Join('\t', Cells(execution)));
            return;
        }
        var table = new Table().NoBorder();
        foreach (var heading in Headings)
            table.AddColumn(new TableColumn(new Text(heading, Styles.Dim)).NoWrap());
        foreach (var execution in executions)
        {
            var status = ShownEvent.TextOf(execution["status"]) ?? "";
            table.AddRow(
                Cells(execution).Select(
                    (cell, column) => new Text(Printable.Of(cell), column == 2 ? Styles.OfStatus(status) : Style.Plain)));
        }
        rich.Write(table);
    }

    private static string[] Cells(Value execution) =>
    [
        ShownEvent.TextOf(execution["id"]) ?? "",
        ShownEvent.TextOf(execution["workflowId"]) ?? "",
        ShownEvent.TextOf(execution["status"]) ?? "",
        execution["progress"]["percentage"].TryGetInt(out var percentage) ? $"{percentage}%" : "",
        TimeOf(execution["createdAt"]),
        execution["duration"].TryGetInt(out var milliseconds) ? Lengths.Of(milliseconds) : "",
    ];

    private static string TimeOf(Value value) =>
        Rfc3339.TryParse(ShownEvent.TextOf(value), out var time)
            ? time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : "";
}
