using System.Collections.Concurrent;
using System.Diagnostics;
using Millrace.Robustness.Tests.Connections;

namespace Millrace.Robustness.Tests.Requests;

/// <summary>Sends many requests over a few connections and collects what is wrong with the answers.</summary>
internal sealed class Volley(Uri server)
{
    private const int Connections = 8;
    private const int MaxComplaints = 20;

    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly ConcurrentDictionary<int, int> _statuses = new();
    private readonly ConcurrentQueue<RawRequest> _slow = new();

    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>How many answers there were of each status; 0: none.</summary>
    public IReadOnlyDictionary<int, int> Statuses => _statuses;

    public TimeSpan Slowest { get; private set; }

    public async Task SendAsync(IReadOnlyList<RawRequest> requests, CancellationToken cancellation)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            RawConnection? connection = null;
            while (Interlocked.Increment(ref next) is var i && i < requests.Count && _complaints.Count < MaxComplaints)
                connection = await SendAsync(connection, requests[i], cancellation);
            connection?.Dispose();
        }));
        // A slow answer may be the fault of everything else that happened; alone, it is its own.
        while (_slow.TryDequeue(out var request))
            await SendAloneAsync(request, cancellation);
    }

    private async Task<RawConnection?> SendAsync(RawConnection? connection, RawRequest request, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var response = await AnswerAsync(connection ??= await RawConnection.OpenAsync(server, cancellation), request, cancellation);
        if (response is null && !request.IsBelowHttp)
        {
            // The server may have closed the connection after the answer before this one.
            connection.Dispose();
            connection = await RawConnection.OpenAsync(server, cancellation);
            clock.Restart();
            response = await AnswerAsync(connection, request, cancellation);
        }
        Note(request, response, clock.Elapsed);
        if (clock.Elapsed > Expectations.MaxAnswerTime)
            _slow.Enqueue(request);
        if (response is { Closes: false } && !request.IsBelowHttp && response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) != true)
            return connection;
        connection.Dispose();
        return null;
    }

    private async Task SendAloneAsync(RawRequest request, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var connection = await RawConnection.OpenAsync(server, cancellation);
        await AnswerAsync(connection, request, cancellation);
        if (clock.Elapsed > Expectations.MaxAnswerTime)
            _complaints.Enqueue($"took {clock.Elapsed.TotalSeconds:0.0} s: {request}");
    }

    private static async Task<RawResponse?> AnswerAsync(RawConnection connection, RawRequest request, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            return await connection.SendAsync(request, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return RawResponse.None;
        }
    }

    private void Note(RawRequest request, RawResponse? response, TimeSpan time)
    {
        _statuses.AddOrUpdate(response?.Status ?? 0, 1, (_, count) => count + 1);
        lock (_statuses)
            Slowest = time > Slowest ? time : Slowest;
        if (Expectations.Complaint(request, response) is { } complaint)
            _complaints.Enqueue($"{complaint}\n  {request}");
    }
}
