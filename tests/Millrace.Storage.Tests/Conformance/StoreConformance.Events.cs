using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static PublishedEvent Event(string id, string type = "order.placed", string source = "/shop", string? subject = null, int minutes = 0) => new()
    {
        Tenant = Sample.Tenant,
        Source = source,
        Id = id,
        Type = type,
        Subject = subject,
        ReceivedAt = Sample.Now.AddMinutes(minutes),
        Event = Sample.Json($$"""{"id":"{{id}}"}"""),
    };

    private async Task<string[]> EventsAsync(EventFilter? filter = null, Page? page = null, string tenant = Sample.Tenant) =>
        [.. (await Store.ListEventsAsync(tenant, filter ?? new EventFilter(), page ?? new Page())).Select(one => one.Id)];

    [Fact]
    public async Task Events_are_listed_as_they_were_published_the_latest_first()
    {
        Write(new PublishEvents(Sample.Tenant, [Event("a", subject: "7"), Event("b")]));
        Write(new PublishEvents(Sample.Tenant, [Event("c")]));

        Assert.Equal(["c", "b", "a"], await EventsAsync());
        await ReopenAsync();
        var all = await Store.ListEventsAsync(Sample.Tenant, new EventFilter(), new Page());
        Assert.Equal(Event("a", subject: "7") with { Position = all[2].Position, Event = all[2].Event }, all[2]);
        Assert.Equal("""{"id":"a"}""", all[2].Event.ToString());
        Assert.True(all[0].Position > all[1].Position && all[1].Position > all[2].Position && all[2].Position > 0);
        Assert.Equal(["b"], await EventsAsync(page: new Page(1, all[0].Position.ToString())));
        Assert.Equal(["b", "a"], await EventsAsync(page: new Page(5, Offset: 1)));
    }

    [Fact]
    public async Task An_event_that_is_known_is_left_as_it_is()
    {
        Write(new PublishEvents(Sample.Tenant, [Event("a")]));
        var again = new PublishEvents(Sample.Tenant, [Event("a", type: "other"), Event("b"), Event("b"), Event("a", source: "/elsewhere")]);

        Assert.Equal(WriteOutcome.Done, Write(again));

        Assert.Equal(2, ResultOf<CommitResult.Published>(again).Known);
        Assert.Equal(["a", "b", "a"], await EventsAsync());
        Assert.Empty(await EventsAsync(new EventFilter("other")));
    }

    [Fact]
    public async Task Events_are_found_by_type_source_and_subject()
    {
        Write(new PublishEvents(Sample.Tenant, [Event("a", "order"), Event("b", "order.placed"), Event("c", "order.paid", subject: "7"), Event("d", "orders.paid", source: "/x"), Event("e", "order.")]));

        Assert.Equal(["b"], await EventsAsync(new EventFilter("order.placed")));
        Assert.Equal(["c", "b"], await EventsAsync(new EventFilter("order.*")));
        Assert.Equal(["d"], await EventsAsync(new EventFilter(Source: "/x")));
        Assert.Equal(["c"], await EventsAsync(new EventFilter(Subject: "7")));
        Assert.Empty(await EventsAsync(new EventFilter("order.*", Subject: "8")));
    }

    [Fact]
    public async Task Events_of_another_tenant_are_not_seen_and_may_have_the_same_id()
    {
        Write(new PublishEvents(Sample.Tenant, [Event("a")]));
        var other = new PublishEvents(Sample.OtherTenant, [Event("a") with { Tenant = Sample.OtherTenant }]);
        Write(other);

        Assert.Equal(0, ResultOf<CommitResult.Published>(other).Known);
        Assert.Equal(["a"], await EventsAsync(tenant: Sample.OtherTenant));
        Assert.Equal(["a"], await EventsAsync());
        Assert.Empty(await EventsAsync(tenant: "nobody"));
    }

    [Fact]
    public async Task Old_events_go_and_no_position_comes_again()
    {
        Write(new PublishEvents(Sample.Tenant, [Event("a"), Event("b", minutes: 1), Event("c", minutes: 2)]));
        var last = (await Store.ListEventsAsync(Sample.Tenant, new EventFilter(), new Page(1)))[0].Position;
        var one = new PruneEvents(Sample.Now.AddMinutes(2), 1);
        var rest = new PruneEvents(Sample.Now.AddMinutes(3), 10);

        Write(one);
        Assert.Equal((1, 2), (ResultOf<CommitResult.Pruned>(one).Count, (await EventsAsync()).Length));
        Write(rest);
        Assert.Equal((2, 0), (ResultOf<CommitResult.Pruned>(rest).Count, (await EventsAsync()).Length));

        Write(new PublishEvents(Sample.Tenant, [Event("a")]));
        Assert.True((await Store.ListEventsAsync(Sample.Tenant, new EventFilter(), new Page()))[0].Position > last);
    }
}
