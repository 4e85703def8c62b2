using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Integrations;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;
using Millrace.Server.Workflows;

namespace Millrace.Server.Integrations;

/// <summary>Integrations: services by name, with their addresses, credentials by reference, and limits.</summary>
internal sealed class IntegrationRoutes(IntegrationOperations integrations)
{
    private const string Example = """
        {"name": "crm", "baseUrl": "https://crm.example.com/v2", "auth": {"type": "bearer", "token": "{{secrets.crm_token}}"},
         "operations": {"findCustomer": {"method": "GET", "path": "/customers/{id}"}, "addNote": {"method": "POST", "path": "/customers/{id}/notes"}},
         "limits": {"concurrency": 4, "ratePerSecond": 10}, "timeout": "PT10S"}
        """;

    public void Map(IEndpointRouteBuilder api)
    {
        var reading = api.MapGroup("/integrations").RequirePermission(Permission.ViewIntegrations);
        reading.MapGet("", Reply.Of(ListAsync)).Describe("List integrations", route => route
            .Pages().Lists("Integration", "Integrations by name; credentials are references to secrets."));
        reading.MapGet("/{name}", Reply.Of(ReadAsync)).Describe("Read an integration", route => route.Replies(200, "The integration.", "Integration", "ETag").Problems(404));
        var writing = api.MapGroup("/integrations").RequirePermission(Permission.ManageIntegrations);
        writing.MapPost("", Reply.Of(CreateAsync)).Describe("Create an integration", route => route
            .Detail("Credentials are references to secrets; plain-text credentials are refused.")
            .Idempotent().Body("IntegrationDocument", Example).Replies(201, "It is stored.", "Integration", "Location", "ETag").Problems(409, 422));
        writing.MapPut("/{name}", Reply.Of(SaveAsync)).Describe("Save an integration", route => route
            .Detail("Replaces the whole integration, or creates it if it does not exist.")
            .Idempotent().Guarded().Body("IntegrationDocument", Example)
            .Replies(200, "The next version is stored.", "Integration", "ETag")
            .Replies(201, "The integration was created.", "Integration", "Location", "ETag").Problems(409, 422));
        writing.MapDelete("/{name}", Reply.Of(DeleteAsync)).Describe("Delete an integration", route => route
            .Detail("Nodes that still use it fail, with a message that says so.")
            .Idempotent().Guarded().Replies(204, "It is deleted.").Problems(404, 409));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        if (query.Problem is not null)
            return query.Problem;
        return (await integrations.ListAsync(context.Caller(), page, context.RequestAborted)).ToReply(listed => Paging.Reply(context, listed, Write));
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context) =>
        (await integrations.ReadAsync(context.Caller(), context.RouteText("name"), context.RequestAborted)).ToReply(found => Show(context, found, created: false));

    private async ValueTask<Reply> CreateAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Name: fields.RequiredText("name", IntegrationOperations.MaxNameLength), Document: fields.TakeAll()));
        if (bound.Problem is not null)
            return bound.Problem;
        var (name, document) = bound.Value;
        return Show(context, await integrations.CreateAsync(context.Caller(), name, document, context.IdempotencyKey(), context.RequestAborted));
    }

    private async ValueTask<Reply> SaveAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var mismatch))
            return mismatch!;
        var name = context.RouteText("name");
        var bound = await BodyFields.BindAsync(context, fields =>
        {
            if (fields.Text("name", IntegrationOperations.MaxNameLength) is { } given && !string.Equals(given, name, StringComparison.Ordinal))
                fields.Wrong("name", $"The name is '{given}' here and '{name}' in the path. An integration cannot be renamed: omit the name, or create another integration.", "invalid_value");
            return fields.TakeAll();
        });
        return bound.IsRead(out var document, out var problem)
            ? Show(context, await integrations.SaveAsync(context.Caller(), name, document, expected, context.IdempotencyKey(), context.RequestAborted))
            : problem;
    }

    private async ValueTask<Reply> DeleteAsync(HttpContext context) => VersionTags.TryRead(context.Request, out var expected, out var problem)
        ? (await integrations.DeleteAsync(context.Caller(), context.RouteText("name"), expected, context.IdempotencyKey())).ToNoContent()
        : problem!;

    private static Reply Show(HttpContext context, Outcome<SavedIntegration> outcome) => outcome.ToReply(saved => Show(context, saved.Integration, saved.Created));

    private static Reply Show(HttpContext context, ShownIntegration shown, bool created) => Reply.Json(
        shown,
        Write,
        created ? StatusCodes.Status201Created : StatusCodes.Status200OK,
        created ? $"{context.Request.PathBase}/api/v1/integrations/{shown.Name}" : null,
        shown.Stored is { } stored ? VersionTags.Of(stored.Version) : null);

    private static void Write(Utf8JsonWriter writer, ShownIntegration shown)
    {
        writer.WriteStartObject();
        writer.WriteString("name", shown.Name);
        writer.WriteString("source", shown.Stored is null ? "environment" : "stored");
        foreach (var entry in shown.Document.Entries)
        {
            writer.WritePropertyName(entry.Key.AsString());
            ValueJson.Write(writer, entry.Value);
        }
        if (shown.Stored is { } stored)
        {
            writer.WriteNumber("version", stored.Version);
            writer.WriteString("createdAt", stored.CreatedAt.UtcDateTime);
            writer.WriteString("updatedAt", stored.UpdatedAt.UtcDateTime);
        }
        writer.WriteEndObject();
    }
}
