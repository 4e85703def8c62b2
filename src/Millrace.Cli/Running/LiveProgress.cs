using Millrace.Cli.Output;
using Millrace.Core.Graphs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Millrace.Cli.Running;

/// <summary>A table of all nodes that changes while they run.</summary>
internal sealed class LiveProgress(IAnsiConsole console, string name, IEnumerable<GraphNode> nodes) : RunProgress
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(80);

    // Wide enough for most, so that the table does not twitch.
    private const int DurationWidth = 8;

    private readonly NodeRows _rows = new(nodes);
    private int _frames;

    public override async Task ShowAsync(IAsyncEnumerable<ShownEvent> events)
    {
        await console.Live(Render()).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            await using var source = events.GetAsyncEnumerator();
            var next = source.MoveNextAsync().AsTask();
            while (true)
            {
                if (!next.IsCompleted)
                {
                    live.UpdateTarget(Render());
                    await Task.WhenAny(next, Task.Delay(Frame));
                    continue;
                }
                if (!await next)
                    break;
                Take(source.Current);
                next = source.MoveNextAsync().AsTask();
            }
            live.UpdateTarget(Render());
        });
    }

    private void Take(ShownEvent e)
    {
        _rows.Apply(e);
        // Log lines stay above the table, as in any terminal.
        if (e.Type is "log")
            console.Write(new Text(Printable.Of($"{e.NodeId ?? "workflow"}: {EventLines.Describe(e)}") + Environment.NewLine, Styles.Dim));
    }

    private Rows Render()
    {
        _frames++;
        return new Rows(new Text(Printable.Of(name), Styles.Strong), NodeTable(), Summary());
    }

    private Table NodeTable()
    {
        var table = new Table().NoBorder().HideHeaders().AddColumns(
            new TableColumn("").Width(1).NoWrap(),
            new TableColumn("").NoWrap(),
            new TableColumn("").NoWrap(),
            new TableColumn("").RightAligned().Width(DurationWidth).NoWrap(),
            new TableColumn(""));
        var (shown, above, below) = RowWindow.Of(_rows.All, Math.Max(4, console.Profile.Height - 5));
        if (above > 0)
            table.AddRow(Cell("⋮"), Cell($"{above} more ended"), Text.Empty, Text.Empty, Text.Empty);
        foreach (var row in shown)
            table.AddRow(
                Icon(row),
                new Text(Printable.Of(row.Id), row.Status is "pending" or "skipped" ? Styles.Dim : Style.Plain),
                Cell(row.Type),
                Cell(DurationOf(row)),
                NoteOf(row));
        if (below > 0)
            table.AddRow(Cell("⋮"), Cell($"{below} more to come"), Text.Empty, Text.Empty, Text.Empty);
        return table;
    }

    private Text Icon(NodeRow row) => row.Status switch
    {
        "completed" => new Text("✓", Styles.Good),
        "failed" => new Text("✗", Styles.Bad),
        "running" => new Text(Spin(), Styles.Busy),
        "waiting" => new Text("◷", Styles.Busy),
        "retrying" => new Text("↻", Styles.Doubtful),
        "cancelled" => new Text("■", Styles.Doubtful),
        "inDoubt" => new Text("?", Styles.Doubtful),
        "skipped" => new Text("-", Styles.Dim),
        _ => new Text("·", Styles.Dim),
    };

    private Text Summary()
    {
        var ended = _rows.All.Count(row => row.HasEnded);
        var elapsed =
            Lengths.Of(_rows.Duration ?? (_rows.StartedAt == default ? TimeSpan.Zero : TimeProvider.System.GetUtcNow() - _rows.StartedAt));
        return _rows.Status switch
        {
            "completed" => new Text($"✓ completed in {elapsed}", Styles.Good),
            "failed" => new Text($"✗ failed after {elapsed}: {Printable.Of(_rows.Note)}", Styles.Bad),
            "cancelled" => new Text($"■ cancelled after {elapsed}. {Printable.Of(_rows.Note)}", Styles.Doubtful),
            _ => new Text($"{Spin()} {ended} of {_rows.All.Count} nodes, {elapsed}", Styles.Busy),
        };
    }

    private static Text NoteOf(NodeRow row)
    {
        var runs = row.Runs > 1 ? $"{row.Runs} times" : "";
        var note = string.Join(", ", new[] { runs, row.Note }.Where(part => part.Length > 0));
        return new Text(Printable.Of(note), row.Status is "failed" ? Styles.Bad : Styles.Dim);
    }

    private static string DurationOf(NodeRow row) => row switch
    {
        { Duration: { } duration } => Lengths.Of(duration),
        { IsActive: true } => Lengths.Of(TimeProvider.System.GetUtcNow() - row.StartedAt),
        _ => "",
    };

    private string Spin() => "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[_frames % 10].ToString();

    private static Text Cell(string text) => new(text, Styles.Dim);
}

/// <summary>The part of a long list of nodes that fits on the screen: what is under way, and what is near it.</summary>
internal static class RowWindow
{
    public static (IReadOnlyList<NodeRow> Shown, int Above, int Below) Of(IReadOnlyList<NodeRow> rows, int height)
    {
        if (rows.Count <= height)
            return (rows, 0, 0);
        // What ended first goes first; then what is still far off.
        var room = height - 2;
        var waiting = rows.Where(row => !row.HasEnded).ToList();
        var ended = rows.Where(row => row.HasEnded).ToList();
        var kept = ended.TakeLast(Math.Max(room - waiting.Count, Math.Min(room / 3, ended.Count))).ToHashSet();
        var coming = waiting.Take(room - kept.Count).ToHashSet();
        return ([.. rows.Where(row => kept.Contains(row) || coming.Contains(row))], ended.Count - kept.Count, waiting.Count - coming.Count);
    }
}
