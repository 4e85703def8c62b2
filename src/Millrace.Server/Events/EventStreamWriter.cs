using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;
using Millrace.Core.Values;
using Millrace.Engine.Events;
using Millrace.Server.Executions;

namespace Millrace.Server.Events;

/// <summary>Writes server-sent events, and a comment now and then, so that nothing on the way takes the silence for the end.</summary>
internal sealed class EventStreamWriter
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly PipeWriter _body;
    private readonly TimeProvider _time;

    private EventStreamWriter(PipeWriter body, TimeProvider time) => (_body, _time) = (body, time);

    /// <summary>Sends the headers.</summary>
    public static async Task<EventStreamWriter> BeginAsync(HttpContext context, TimeProvider time, CancellationToken cancellation)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        // Proxies that gather responses would hold events back.
        response.Headers["X-Accel-Buffering"] = "no";
        var stream = new EventStreamWriter(response.BodyWriter, time);
        await stream.WriteAsync(": connected\n\n", cancellation);
        return stream;
    }

    /// <summary>Sends one event.</summary>
    public async Task SendAsync(string id, JournaledEvent e, string executionId, string workflowId, CancellationToken cancellation)
    {
        Write($"id: {id}\nevent: {e.Type}\ndata: ");
        _body.Write(JournalReader.WithIds(e, executionId, workflowId));
        Write("\n\n");
        await _body.FlushAsync(cancellation);
    }

    /// <summary>Sends a piece of a result: without an id, so that resuming is not moved by it.</summary>
    public async Task SendAsync(LiveBatch batch, LiveToken token, CancellationToken cancellation)
    {
        var json = new MapBuilder().Set("type", "token").Set("executionId", batch.ExecutionId).Set("workflowId", batch.WorkflowId).Set("nodeId", token.NodeId);
        if (token.Iteration.Length > 0)
            json.Set("iteration", token.Iteration);
        json.Set("time", _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Set("data", MapValue.Of(("attempt", token.Attempt), ("text", token.Text)));
        Write("event: token\ndata: ");
        _body.Write(((Value)json.Build()).ToUtf8());
        Write("\n\n");
        await _body.FlushAsync(cancellation);
    }

    /// <summary>Says that nothing follows.</summary>
    public Task EndAsync(string executionId, CancellationToken cancellation) =>
        WriteAsync($"event: end\ndata: {{\"executionId\":\"{executionId}\"}}\n\n", cancellation);

    /// <summary>Waits for something to send; false: the subscription was cut off.</summary>
    public async Task<bool> WaitAsync(ChannelReader<LiveBatch> batches, CancellationToken cancellation)
    {
        var arrival = batches.WaitToReadAsync(cancellation).AsTask();
        while (true)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (await Task.WhenAny(arrival, Task.Delay(Heartbeat, _time, timeout.Token)) == arrival)
            {
                await timeout.CancelAsync();
                return await arrival;
            }
            await WriteAsync(": still here\n\n", cancellation);
        }
    }

    private async Task WriteAsync(string text, CancellationToken cancellation)
    {
        Write(text);
        await _body.FlushAsync(cancellation);
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _body);
}
