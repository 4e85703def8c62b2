using System.Text;
using System.Text.RegularExpressions;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Engine.Workflows;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;
using Spectre.Console;

namespace Millrace.Cli.Tests;

/// <summary>What a terminal shows of a run.</summary>
public sealed class LiveProgressTests
{
    [Fact]
    public async Task The_last_picture_has_every_node_and_how_it_ended()
    {
        var screen = await ShowAsync(
            """{"seq":1,"type":"workflow_started","time":"2026-01-01T00:00:00Z","data":{}}""",
            """{"seq":2,"type":"node_started","time":"2026-01-01T00:00:00Z","nodeId":"start","data":{"attempt":1}}""",
            """{"seq":3,"type":"node_completed","time":"2026-01-01T00:00:01Z","nodeId":"start","data":{"attempt":1,"duration":1250}}""",
            """{"seq":4,"type":"node_started","time":"2026-01-01T00:00:01Z","nodeId":"print","data":{"attempt":1}}""",
            """{"seq":5,"type":"node_failed","time":"2026-01-01T00:00:02Z","nodeId":"print","data":{"attempt":1,"duration":7,"error":{"message":"There is no \u001b[31mpaper."}}}""",
            """{"seq":6,"type":"workflow_failed","time":"2026-01-01T00:00:02Z","data":{"error":{"message":"There is no paper."}}}""");

        var last = screen[screen.LastIndexOf("Fails", StringComparison.Ordinal)..];
        Assert.Matches(@"✓ start +start +1\.2 s", last);
        Assert.Matches(@"✗ print +fail +7 ms There is no  \[31mpaper\.", last);
        Assert.Contains("✗ failed after 2.0 s: There is no paper.", last);
        Assert.EndsWith("[cursor shown]", screen);
    }

    [Theory]
    [InlineData(5, 5, 10, 5, 0, 0)]
    [InlineData(40, 0, 12, 10, 0, 30)]
    [InlineData(40, 40, 12, 10, 30, 0)]
    [InlineData(40, 20, 12, 10, 17, 13)]
    public void What_does_not_fit_is_counted(int nodes, int ended, int height, int shown, int above, int below)
    {
        var rows =
            Enumerable.Range(0, nodes).Select(i => new NodeRow($"n{i}", "noop") { Status = i < ended ? "completed" : "pending" }).ToList();
        var window = RowWindow.Of(rows, height);

        Assert.Equal((shown, above, below), (window.Shown.Count, window.Above, window.Below));
        Assert.Equal(nodes, window.Shown.Count + window.Above + window.Below);
        if (ended > 0 && ended < nodes)
            Assert.Contains(rows[ended], window.Shown);
    }

    private static async Task<string> ShowAsync(params string[] events)
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        (console.Profile.Width, console.Profile.Height) = (100, 30);
        using var nodes = new HostedNodes(new ServerSettings { Addresses = [] }, TimeProvider.System);
        var analysis = Analysis.Of(Encoding.UTF8.GetBytes(Documents.Fails), Core.Definitions.Documents.DocumentFormat.Json, nodes.Types);
        await new LiveProgress(console, analysis.Definition!.Name, analysis.Graph!.Nodes).ShowAsync(Each(events));
        var screen = output.ToString().Replace("\u001b[?25h", "[cursor shown]");
        return Regex.Replace(screen, "\u001b\\[[0-9;?]*[a-zA-Z]", "", RegexOptions.None, TimeSpan.FromSeconds(1));
    }

    private static async IAsyncEnumerable<ShownEvent> Each(string[] events)
    {
        foreach (var e in events)
        {
            await Task.Yield();
            yield return ShownEvent.Parse(Encoding.UTF8.GetBytes(e));
        }
    }
}
