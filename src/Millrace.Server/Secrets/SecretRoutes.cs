using System.Text.Json;
using Millrace.Engine.Secrets;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Secrets;

/// <summary>Secrets: what there is, and new values. A value goes in and never comes out.</summary>
internal sealed class SecretRoutes(SecretOperations secrets)
{
    private const int MaxHostLength = 255;

    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/secrets").RequirePermission(Permission.ManageSecrets);
        routes.MapGet("", Reply.Of(ListAsync)).RequirePermission(Permission.EditWorkflows).Describe("List secrets", route => route.Pages().Lists("Secret", "Names and hosts, never values."));
        routes.MapPut("/{name}", Reply.Of(PutAsync)).Describe("Set a secret", route => route
            .Detail("With `hosts`, requests that contain the secret are sent to these hosts only, redirects included. Without `hosts`, they stay as they are; an empty list allows any host.")
            .Idempotent().Body("SecretValue", """{"value": "a value that nobody reads again", "hosts": ["api.example.com", "*.example.org"]}""").Replies(204, "It is stored.").Problems(422, 503));
        routes.MapDelete("/{name}", Reply.Of(DeleteAsync)).Describe("Delete a secret", route => route.Idempotent().Replies(204, "It is deleted.").Problems(404, 409));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        if (query.Problem is not null)
            return query.Problem;
        return (await secrets.ListAsync(context.Caller(), page, context.RequestAborted)).ToReply(listed => Paging.Reply(context, listed, Write));
    }

    private async ValueTask<Reply> PutAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (
            Value: fields.RequiredText("value", SecretOperations.MaxValueLength), Hosts: fields.Texts("hosts", SecretHosts.Most, MaxHostLength)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (value, hosts) = bound.Value;
        if (value.Length < SecretRedactor.ShortestValue)
            context.Response.Headers.Warning =
                $"299 - \"A secret of less than {SecretRedactor.ShortestValue} characters is not taken out of what effects return.\"";
        return (await secrets.PutAsync(context.Caller(), context.RouteText("name"), value, hosts, context.IdempotencyKey())).ToNoContent();
    }

    private async ValueTask<Reply> DeleteAsync(HttpContext context) =>
        (await secrets.DeleteAsync(context.Caller(), context.RouteText("name"), context.IdempotencyKey())).ToNoContent();

    private static void Write(Utf8JsonWriter writer, SecretInfo secret)
    {
        writer.WriteStartObject();
        writer.WriteString("name", secret.Name);
        writer.WriteString("source", secret.UpdatedAt is null ? "environment" : "stored");
        ExecutionJson.WriteTime(writer, "updatedAt", secret.UpdatedAt);
        writer.WriteStartArray("hosts");
        foreach (var host in secret.Hosts.Names)
            writer.WriteStringValue(host);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
