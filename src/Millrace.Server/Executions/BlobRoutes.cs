using Millrace.Engine.Runtime;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Large values by themselves, as journals and lists refer to them.</summary>
internal sealed class BlobRoutes(ExecutionHistory history)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/blobs/{id}", Reply.Of(ReadAsync)).RequirePermission(Permission.ViewExecutions).Describe("Read a large value", route => route
            .Detail("Where a journal, a list or a stream has {\"$blob\": id}, the value is too large to be there; it is here.")
            .Replies(200, "The value.", "LargeValue").Problems(404));

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        return await history.ReadBlobAsync(context.Tenant(), id, context.RequestAborted) is { } json
            ? Reply.Json(json, static (writer, text) => writer.WriteRawValue(text.Utf8.Span, skipInputValidation: true))
            : ProblemReply.NotFound("blob", id);
    }
}
