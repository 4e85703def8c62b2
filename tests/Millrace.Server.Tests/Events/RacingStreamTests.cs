using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Millrace.Engine.Feed;
using Millrace.Engine.Operations.Events;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Events;
using Millrace.Server.Hosting;

namespace Millrace.Server.Tests.Events;

public sealed class RacingStreamTests
{
    private readonly EventFeed _feed;
    private readonly IStore _reads;
    private readonly RacingStore _store;

    public RacingStreamTests() => (_reads, _store, _feed) = RacingStore.Create();

    [Fact]
    public async Task What_is_committed_just_before_the_store_is_read_is_told_once()
    {
        _store.Commit(2);
        _store.BeforeReads.Enqueue(() => _store.Commit(2));
        _store.AfterReads.Enqueue(() => _store.Commit(1, ends: true));
        await AssertAllAreToldAsync();
    }

    [Fact]
    public async Task What_is_committed_just_after_the_store_was_read_is_told()
    {
        _store.Commit(1);
        _store.AfterReads.Enqueue(() => _store.Commit(3, ends: true));
        await AssertAllAreToldAsync();
    }

    [Fact]
    public async Task What_nobody_was_told_of_is_read_from_the_store()
    {
        _store.AfterReads.Enqueue(() =>
        {
            _store.Commit(2, isTold: false);
            _store.Commit(1);
            _store.Commit(1, ends: true);
        });
        await AssertAllAreToldAsync();
    }

    [Fact]
    public async Task A_reader_who_was_cut_off_misses_nothing()
    {
        _store.AfterReads.Enqueue(() =>
        {
            for (var i = 0; i < 10_000; i++)
                _store.Commit(1);
            _store.Commit(1, ends: true);
        });
        await AssertAllAreToldAsync();
    }

    [Fact]
    public async Task Who_has_seen_everything_of_an_ended_execution_is_told_that_it_ended()
    {
        _store.Commit(3, ends: true);
        Assert.Empty(await StreamAsync("3"));
        Assert.Equal(["3"], await StreamAsync("2"));
    }

    [Fact]
    public async Task To_a_reader_who_has_hung_up_the_rest_is_not_read()
    {
        var pipe = new Pipe();
        _store.Commit(1);
        _store.BeforeReads.Enqueue(() => pipe.Reader.Complete());
        for (var i = 0; i < 100; i++)
            _store.AfterReads.Enqueue(() => _store.Commit(1, isTold: false));
        await FollowAsync(context => context.Features.Set<IHttpResponseBodyFeature>(new PipeBody(pipe.Writer)));
        Assert.Equal(99, _store.AfterReads.Count);
    }

    private async Task AssertAllAreToldAsync()
    {
        var told = await StreamAsync(null);
        Assert.Equal(Enumerable.Range(1, (int)_store.LastSeq).Select(seq => seq.ToString()), told);
    }

    private async Task<List<string?>> StreamAsync(string? lastEventId)
    {
        using var body = new MemoryStream();
        await FollowAsync(context =>
        {
            context.Response.Body = body;
            if (lastEventId is not null)
                context.Request.Headers["Last-Event-ID"] = lastEventId;
        });
        body.Position = 0;
        var events = SseParser.Create(body).Enumerate().ToList();
        Assert.Equal("end", events[^1].EventType);
        return [.. events.SkipLast(1).Select(e => e.EventId)];
    }

    private async Task FollowAsync(Action<HttpContext> prepare)
    {
        using var draining = new Draining();
        var context = new DefaultHttpContext();
        context.Request.RouteValues = new RouteValueDictionary { ["id"] = RacingStore.ExecutionId };
        context.Features.Set(new Caller(RacingStore.Tenant, null, Role.Viewer.Permissions));
        prepare(context);
        using var keeper = new StreamKeeper(TimeProvider.System);
        var routes = new EventRoutes(new EventFollowing(_reads, _feed, draining), keeper, TimeProvider.System);
        await routes.StreamExecutionAsync(context).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private sealed class PipeBody(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => Writer.AsStream();

        public PipeWriter Writer => writer;

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task CompleteAsync() => writer.CompleteAsync().AsTask();

        public void DisableBuffering()
        {
        }
    }
}
