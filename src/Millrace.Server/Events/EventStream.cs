using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Unicode;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Server.Access.Jwt;

namespace Millrace.Server.Events;

/// <summary>
/// A response of server-sent events. It is flushed once for each batch, or for each piece of a large one, so that it never holds much that its
/// reader has not taken. Dispose it when nothing follows.
/// </summary>
internal sealed class EventStream : IAsyncDisposable
{
    // What may be written before the reader has to take it.
    private const int PieceBytes = 16 * 1024;
    private const int HeadBytes = 1024;
    // What may be sent before other streams and requests get this thread.
    private const int TurnBytes = 64 * 1024;

    private readonly HttpContext _context;
    private readonly PipeWriter _body;
    private readonly StreamKeeper _keeper;
    // Whoever writes: the stream itself, or its keeper while it is silent.
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _ending = new();
    private bool _isOver;
    private int _unflushed;
    private int _sinceOthersWent;
    private int _flushes;
    // For the keeper only: what it saw at its last look.
    private int _flushesSeen;
    private bool _wasBlocked;
    private readonly CancellationToken _ends;

    private EventStream(HttpContext context, StreamKeeper keeper, CancellationToken ends) =>
        (_context, _body, _keeper, _ends) = (context, context.Response.BodyWriter, keeper, ends);

    /// <summary>Sends the headers. Until it is disposed, everything that is sent ends with the cancellation.</summary>
    public static async Task<EventStream> BeginAsync(HttpContext context, StreamKeeper keeper, CancellationToken cancellation)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        // Proxies that gather responses would hold events back.
        response.Headers["X-Accel-Buffering"] = "no";
        var stream = new EventStream(context, keeper, cancellation);
        stream.Write(": connected\n\n"u8);
        await stream.FlushAsync();
        keeper.Add(stream);
        return stream;
    }

    /// <summary>Sends what a feed gives.</summary>
    public async ValueTask SendAsync(FeedItem item, DateTimeOffset now)
    {
        await _writing.WaitAsync(_ends);
        try
        {
            switch (item)
            {
                case FeedEvents events: await WriteAsync(events); break;
                case FeedToken token: await WriteAsync(token, now); break;
                default: throw new InvalidOperationException($"Unknown item {item.GetType().Name}.");
            }
            await FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
        await LetOthersGoAsync();
    }

    /// <summary>Says that an execution has ended.</summary>
    public ValueTask EndAsync(string executionId) => SendLastAsync($"event: end\ndata: {{\"executionId\":\"{executionId}\"}}\n\n");

    /// <summary>Says that the caller's token has expired: a client that has a new one resumes where it was.</summary>
    public ValueTask ExpireAsync() => SendLastAsync(
        $"event: error\ndata: {{\"code\":\"{TokenProblem.ExpiredCode}\",\"message\":\"{TokenProblem.Expired}\"}}\n\n");

    private async ValueTask SendLastAsync(string text)
    {
        await _writing.WaitAsync(_ends);
        try
        {
            WriteText(text);
            await FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Called by the keeper now and then: breaks a silence, or cuts off a reader that does not read.</summary>
    public void Keep()
    {
        var flushes = Volatile.Read(ref _flushes);
        var hasMoved = flushes != _flushesSeen;
        _flushesSeen = flushes;
        var isBlocked = !hasMoved && !_writing.Wait(0);
        if (isBlocked && _wasBlocked)
            CutOff();
        else if (!isBlocked && !hasMoved)
            _ = BreakSilenceAsync();
        _wasBlocked = isBlocked;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // What the keeper began is over before the response is.
        await _writing.WaitAsync();
        lock (_ending)
            _isOver = true;
        _keeper.Remove(this);
    }

    // It had something to send at the last look, and still has: a socket that is blocked cannot be closed politely. Once the stream is over, its
    // request may be as well, and with it the context.
    private void CutOff()
    {
        lock (_ending)
        {
            if (!_isOver)
                _context.Abort();
        }
    }

    // Holds the right to write from Keep on.
    private async Task BreakSilenceAsync()
    {
        try
        {
            Write(": still here\n\n"u8);
            await FlushAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The reader has gone; the stream's own task hears of that as well.
        }
        finally
        {
            _writing.Release();
        }
    }

    private async ValueTask WriteAsync(FeedEvents events)
    {
        for (var i = 0; i < events.Events.Length; i++)
        {
            WriteHead(events, events.Events.Span[i]);
            // Without its opening brace: the head has one, before the ids that the journal leaves out.
            for (var rest = events.JsonOf(events.Events.Span[i])[1..]; !rest.IsEmpty;)
            {
                var piece = rest[..Math.Min(rest.Length, PieceBytes)];
                Write(piece.Span);
                rest = rest[piece.Length..];
                if (_unflushed >= PieceBytes)
                    await FlushAsync();
            }
            Write("\n\n"u8);
        }
    }

    // Ids have only letters, digits, '_' and '-': nothing to escape.
    private void WriteHead(FeedEvents events, EventMark mark)
    {
        var head = _body.GetSpan(HeadBytes);
        var isWritten = events.Position > 0
            ? Utf8.TryWrite(
                head,
                CultureInfo.InvariantCulture,
                $"id: {events.Position}.{mark.Seq}\nevent: {mark.Type}\ndata: "
                    + $"{{\"executionId\":\"{events.ExecutionId}\",\"workflowId\":\"{events.WorkflowId}\",",
                out var length)
            : Utf8.TryWrite(
                head,
                CultureInfo.InvariantCulture,
                $"id: {mark.Seq}\nevent: {mark.Type}\ndata: "
                    + $"{{\"executionId\":\"{events.ExecutionId}\",\"workflowId\":\"{events.WorkflowId}\",",
                out length);
        if (!isWritten)
            throw new InvalidOperationException($"The ids of execution '{events.ExecutionId}' are too long.");
        _body.Advance(length);
        _unflushed += length;
    }

    // Without an id, so that resuming is not moved by it.
    private ValueTask WriteAsync(FeedToken token, DateTimeOffset now)
    {
        var json = new MapBuilder().Set("type", "token").Set("executionId", token.ExecutionId).Set("workflowId", token.WorkflowId).Set("nodeId", token.NodeId);
        if (token.Iteration.Length > 0)
            json.Set("iteration", token.Iteration);
        json.Set("time", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Set("data", MapValue.Of(("attempt", token.Attempt), ("text", token.Text)));
        Write("event: token\ndata: "u8);
        Write(((Value)json.Build()).ToUtf8());
        Write("\n\n"u8);
        return _unflushed >= PieceBytes ? FlushAsync() : ValueTask.CompletedTask;
    }

    private void WriteText(string text) => _unflushed += (int)Encoding.UTF8.GetBytes(text, _body);

    private void Write(ReadOnlySpan<byte> utf8)
    {
        _body.Write(utf8);
        _unflushed += utf8.Length;
    }

    // A reader as fast as the store would keep this thread until it has everything; even that somebody has hung up would wait for a free one.
    private async ValueTask LetOthersGoAsync()
    {
        if (_sinceOthersWent < TurnBytes)
            return;
        _sinceOthersWent = 0;
        await Task.Yield();
    }

    private async ValueTask FlushAsync()
    {
        // To one who has hung up everything is sent at once: without this look, all that is stored would be read for nobody.
        if ((await _body.FlushAsync(_ends)).IsCompleted)
            throw new OperationCanceledException("The reader has hung up.");
        _sinceOthersWent += _unflushed;
        _unflushed = 0;
        Interlocked.Increment(ref _flushes);
    }
}
