using System.Text.Json;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Secrets;

/// <summary>Secrets: what there is, and new values. A value goes in and never comes out.</summary>
internal sealed class SecretRoutes(SecretVault vault)
{
    private const int LongestValue = 32 * 1024;
    private const int LongestHost = 255;

    public void Map(IEndpointRouteBuilder api)
    {
        var secrets = api.MapGroup("/secrets").RequirePermission(Permission.ManageSecrets);
        secrets.MapGet("", Reply.Of(ListAsync)).RequirePermission(Permission.EditWorkflows).Describe("List secrets", route => route.Pages().Lists("Secret", "Names and hosts, never values."));
        secrets.MapPut("/{name}", Reply.Of(PutAsync)).Describe("Set a secret", route => route
            .Detail("With `hosts`, whatever the secret is part of is sent to these hosts only, redirects included. Without, the hosts stay as they were; an empty list allows any.")
            .Idempotent().Body("SecretValue", """{"value": "a value that nobody reads again", "hosts": ["api.example.com", "*.example.org"]}""").Replies(204, "It is stored.").Problems(422, 503));
        secrets.MapDelete("/{name}", Reply.Of(DeleteAsync)).Describe("Delete a secret", route => route.Idempotent().Replies(204, "It is deleted.").Problems(404, 409));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        if (query.Problem is not null)
            return query.Problem;
        var secrets = await vault.ListAsync(context.Tenant(), context.RequestAborted);
        return Paging.Reply(context, Listing.Of(secrets, page, CursorOf), Write);
    }

    // A stored secret may have the name of one that the environment has.
    private static string CursorOf(SecretInfo secret) => secret.UpdatedAt is null ? secret.Name + "!" : secret.Name;

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

    private async ValueTask<Reply> PutAsync(HttpContext context)
    {
        var name = context.RouteText("name");
        if (!SecretNames.IsName(name))
            return ProblemReply.InvalidParameter("name", $"'{name}' cannot be a secret's name: it has 1 to 64 letters, digits, '_' or '-', and begins with a letter or '_'.");
        var bound = await BodyFields.BindAsync(context, fields => (Text: fields.RequiredText("value", LongestValue), Hosts: HostsOf(fields)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (value, hosts) = bound.Value;
        // Read here, because what is wrong with it is an IOException too.
        var idempotency = IdempotencyKey.In("secrets/" + name, context.IdempotencyKey());
        try
        {
            await vault.PutAsync(context.Tenant(), name, value, hosts, context.Caller().User, idempotency);
            return Reply.NoContent;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new ProblemReply(StatusCodes.Status503ServiceUnavailable, "secret_key_unavailable", $"The key that secrets are encrypted under cannot be used: {e.Message}");
        }
    }

    private static SecretHosts? HostsOf(BodyFields fields)
    {
        if (fields.Texts("hosts", SecretHosts.Most, LongestHost) is not { } texts)
            return null;
        var hosts = SecretHosts.TryParse(texts, out var problem);
        if (problem is not null)
            fields.Wrong("hosts", problem, "invalid_value");
        return hosts;
    }

    private async ValueTask<Reply> DeleteAsync(HttpContext context)
    {
        var (tenant, name) = (context.Tenant(), context.RouteText("name"));
        var outcome = await vault.DeleteAsync(tenant, name, IdempotencyKey.In("secrets/" + name, context.IdempotencyKey()));
        if (outcome != WriteOutcome.NotFound)
            return Reply.NoContent;
        return vault.IsConfigured(tenant, name)
            ? ProblemReply.Conflict("configured", $"The secret '{name}' comes from the server's environment. Remove {SecretNames.InEnvironment(name)} there.")
            : ProblemReply.NotFound("secret", name);
    }
}
