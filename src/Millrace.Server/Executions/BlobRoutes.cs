using Millrace.Engine.Runtime;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Large values and files by themselves, as journals and lists refer to them.</summary>
internal sealed class BlobRoutes(ExecutionHistory history)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/blobs/{id}", Reply.Of(ReadAsync)).RequirePermission(Permission.ViewExecutions).Describe("Read a large value or a file", route => route
            .Detail("Where a journal, a list or a stream has {\"$blob\": id}, the value is too large to be there; it is here. So is the content of a file that a node has stored, {\"blob\": id, \"mediaType\": ...}: always as a download.")
            .Content(200, "The value, or the file.", "LargeValue", ["application/json", "*/*"]).Problems(404));

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        if (await history.OpenFileAsync(context.Tenant(), id, context.RequestAborted) is { } file)
            return new FileReply(file);
        return await history.ReadBlobAsync(context.Tenant(), id, context.RequestAborted) is { } json
            ? Reply.Json(json, static (writer, text) => writer.WriteRawValue(text.Utf8.Span, skipInputValidation: true))
            : ProblemReply.NotFound("blob", id);
    }
}
