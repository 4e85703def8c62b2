using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Events.Publishing;

/// <summary>CloudEvents that are published: by `emit` nodes, and by whoever posts some.</summary>
internal sealed class PublishedEventRoutes(EventOperations events)
{
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/events", Reply.Of(ListAsync)).RequirePermission(Permission.ViewExecutions).Describe("List published events", route => route
            .Detail("CloudEvents in structured mode, the latest first; they are kept for EVENT_RETENTION.")
            .Query("type", "Only events of this type; a type that ends with .* includes all types below it.", """{"type": "string", "examples": ["com.example.order.*"]}""")
            .Query("source", "Only events from this source.")
            .Query("subject", "Only events with this subject.")
            .Pages().Lists("CloudEvent", "The events."));
        api.MapPost("/events", Reply.Of(PublishAsync)).RequirePermission(Permission.RunWorkflows).WithMetadata(new TakesOtherContent()).Describe("Publish events", route => route
            .Detail(
                "One CloudEvent in structured mode (application/cloudevents+json, or application/json), several "
                    + "(application/cloudevents-batch+json, or a list), or one in binary mode, with its attributes in ce- headers. All "
                    + "are published or none; an event with a known source and id is ignored.")
            .Body("CloudEvent", """{"specversion": "1.0", "id": "o-7", "source": "/shop", "type": "com.example.order.placed", "subject": "7", "data": {"total": 30}}""")
            .Replies(202, "The events are stored.", "EventsAccepted").Problems(409, 413, 415, 422, 503));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        var filter = new EventFilter(query.Text("type"), query.Text("source"), query.Text("subject"));
        if (query.Problem is not null)
            return query.Problem;
        return (await events.ListAsync(context.Caller(), filter, page, context.RequestAborted)).ToReply(listed =>
            Paging.Reply(context, listed, static (writer, one) => writer.WriteRawValue(one.Event.Utf8.Span, skipInputValidation: true)));
    }

    private async ValueTask<Reply> PublishAsync(HttpContext context)
    {
        if (events.RefusePublishing(context.Caller()) is { } refused)
            return refused.ToReply();
        var problems = new List<Problem>();
        var (content, unreadable) = await RequestBody.ReadAsync(context);
        if (unreadable is not null)
            return unreadable;
        var (published, refusal) = PublishedEventReader.Read(context.Request, content, problems);
        if (refusal is not null)
            return refusal;
        if (problems.Count > 0)
            return ProblemReply.Invalid(problems.Count == 1 ? problems[0].Message : $"There are {problems.Count} problems, and nothing was published. The first: {problems[0].Message}", problems);
        return (await events.PublishAsync(context.Caller(), published)).ToReply(known => Reply.Json((published.Count, Known: known), Write, StatusCodes.Status202Accepted));
    }

    private static void Write(Utf8JsonWriter writer, (int Count, int Known) published)
    {
        writer.WriteStartObject();
        writer.WriteNumber("accepted", published.Count - published.Known);
        writer.WriteNumber("duplicates", published.Known);
        writer.WriteEndObject();
    }
}
