using System.Net.ServerSentEvents;
using Millrace.Cli.Output;

namespace Millrace.Cli.Remote;

/// <summary>
/// Follows an execution's events to its end. A stream that breaks is opened again where it broke: no event is lost or shown twice.
/// </summary>
internal sealed class EventFollower(ServerClient client, Terminal terminal, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    private long _seq;
    private bool _wasConnected;

    public async Task<int> FollowAsync(string execution, Action<ShownEvent> show, CancellationToken cancellation)
    {
        var pause = FirstPause;
        while (true)
        {
            var before = _seq;
            try
            {
                if (await ReadAsync($"api/v1/executions/{execution}/events", show, cancellation) is { } exitCode)
                    return exitCode;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or HttpIOException)
            {
                if (!_wasConnected)
                    return client.Unreachable(e);
            }
            if (_seq > before)
                pause = FirstPause;
            if (pause == FirstPause)
                terminal.Error.WriteLine("The connection was lost; reconnecting.");
            await Task.Delay(pause, time, cancellation);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }
    }

    // Null: the stream ended before the execution did.
    private async Task<int?> ReadAsync(string path, Action<ShownEvent> show, CancellationToken cancellation)
    {
        using var response = await client.OpenStreamAsync(path, _seq, cancellation);
        if (response is null)
            return ExitCode.Failed;
        _wasConnected = true;
        var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellation), static (_, data) => data.ToArray());
        await foreach (var item in parser.EnumerateAsync(cancellation))
        {
            if (item.EventType is "end")
                return ExitCode.Completed;
            // The next request is refused in words, if its token is still the same.
            if (item.EventType is "error")
                return null;
            var e = ShownEvent.Parse(item.Data);
            // Tokens and other passing events have no place in the journal.
            if (e.Seq > 0 && e.Seq <= _seq)
                continue;
            show(e);
            _seq = Math.Max(_seq, e.Seq);
        }
        return null;
    }
}
