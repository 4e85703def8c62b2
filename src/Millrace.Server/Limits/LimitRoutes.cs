using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Limits;

/// <summary>How the limits of concurrency stand.</summary>
internal sealed class LimitRoutes(LimitReads limits)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/limits", Reply.Of(ListAsync)).RequirePermission(Permission.ViewExecutions).Describe("List limits in use", route => route
            .Detail("The concurrency limits with slots in use or executions that wait for one. Unused limits are not listed.")
            .Pages().Lists("LimitUse", "The tenant's limit first, then by workflow and key."));

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        if (query.Problem is not null)
            return query.Problem;
        return (await limits.ListAsync(context.Caller(), page, context.RequestAborted)).ToReply(listed => Paging.Reply(context, listed, Write));
    }

    private static void Write(Utf8JsonWriter writer, LimitUse limit)
    {
        writer.WriteStartObject();
        LimitJson.WriteScope(writer, limit.Scope);
        if (limit.Limit is { } most)
            writer.WriteNumber("limit", most);
        else
            writer.WriteNull("limit");
        writer.WriteNumber("inUse", limit.InUse);
        writer.WriteNumber("waiting", limit.Waiting);
        writer.WriteEndObject();
    }
}
