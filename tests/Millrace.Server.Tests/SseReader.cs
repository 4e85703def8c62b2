using System.Net.ServerSentEvents;
using Millrace.Core.Values;

namespace Millrace.Server.Tests;

/// <summary>One server-sent event.</summary>
public sealed record ServerSentEvent(string? Id, string Type, Value Data);

/// <summary>Reads a stream of server-sent events.</summary>
public sealed class SseReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private SseReader(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _items = SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    public static async Task<SseReader> OpenAsync(
        ServerFixture server, string path, string? lastEventId = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new SseReader(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<ServerSentEvent?> NextAsync() => await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)
        ? new ServerSentEvent(_items.Current.EventId, _items.Current.EventType, ValueJson.Parse(_items.Current.Data))
        : null;

    /// <summary>Reads on until an event of a type has come, and gives it.</summary>
    public async Task<ServerSentEvent> UntilAsync(string type)
    {
        while (await NextAsync() is { } e)
        {
            if (string.Equals(e.Type, type, StringComparison.Ordinal))
                return e;
        }
        throw new InvalidOperationException($"The stream ended without {type}.");
    }

    /// <summary>All events up to `end`, which must come.</summary>
    public async Task<List<ServerSentEvent>> ReadToEndAsync()
    {
        var events = new List<ServerSentEvent>();
        while (await NextAsync() is { } e)
        {
            if (e.Type is "end")
                return events;
            events.Add(e);
        }
        throw new InvalidOperationException($"The stream ended after {events.Count} events without saying so.");
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await Task.CompletedTask;
    }
}
