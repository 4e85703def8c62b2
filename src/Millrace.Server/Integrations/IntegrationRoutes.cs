using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Nodes.Integration.Services;
using Millrace.Nodes.Orchestration;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;
using Millrace.Server.Workflows;

namespace Millrace.Server.Integrations;

/// <summary>Integrations: services by name, with their addresses, credentials by reference, and limits.</summary>
internal sealed class IntegrationRoutes(IntegrationLibrary library)
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
            .Pages().Lists("Integration", "By name; credentials are references to secrets."));
        reading.MapGet("/{name}", Reply.Of(ReadAsync)).Describe("Read an integration", route => route.Replies(200, "The integration.", "Integration", "ETag").Problems(404));
        var writing = api.MapGroup("/integrations").RequirePermission(Permission.ManageIntegrations);
        writing.MapPost("", Reply.Of(CreateAsync)).Describe("Create an integration", route => route
            .Detail("Credentials are references to secrets; one in the clear is refused.")
            .Idempotent().Body("IntegrationDocument", Example).Replies(201, "It is stored.", "Integration", "Location", "ETag").Problems(409, 422));
        writing.MapPut("/{name}", Reply.Of(SaveAsync)).Describe("Save an integration", route => route
            .Detail("Replaces it as a whole; a name that there is not yet creates it.")
            .Idempotent().Guarded().Body("IntegrationDocument", Example)
            .Replies(200, "The next version is stored.", "Integration", "ETag")
            .Replies(201, "There was no such integration; now there is.", "Integration", "Location", "ETag").Problems(409, 422));
        writing.MapDelete("/{name}", Reply.Of(DeleteAsync)).Describe("Delete an integration", route => route
            .Detail("Nobody is asked who uses it: nodes that do fail from then on, saying so.")
            .Idempotent().Guarded().Replies(204, "It is deleted.").Problems(404, 409));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        return query.Problem ?? Paging.Reply(context, Listing.Of(await library.ListAsync(context.Tenant(), context.RequestAborted), page, one => one.Name), Write);
    }

    private ValueTask<Reply> ReadAsync(HttpContext context) => ShowAsync(context, context.RouteText("name"), created: false);

    private async ValueTask<Reply> CreateAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var bound = BodyFields.Bind(body, fields => Named(fields, fields.RequiredText("name", 64)));
        return bound.IsRead(out var name, out var missing) ? await SaveAsync(context, name, body, expected: 0, "integrations") : missing;
    }

    private async ValueTask<Reply> SaveAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var problem))
            return problem!;
        var (body, wrong) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return wrong!;
        var name = context.RouteText("name");
        var bound = BodyFields.Bind(body, fields =>
        {
            if (fields.Text("name", 64) is { } given && !string.Equals(given, name, StringComparison.Ordinal))
                fields.Wrong("name", $"The name is '{given}' here and '{name}' in the path. An integration keeps its name: leave it out, or make another one.", "invalid_value");
            return Named(fields, name);
        });
        return bound.Problem ?? await SaveAsync(context, name, body, expected, "integrations/" + name);
    }

    // The rest is a document, and read as one.
    private static string Named(BodyFields fields, string name)
    {
        fields.TakeAll();
        return name;
    }

    private async ValueTask<Reply> SaveAsync(HttpContext context, string name, MapValue body, int? expected, string scope)
    {
        if (!IntegrationNames.IsName(name))
            return ProblemReply.Invalid($"'{name}' cannot be an integration's name: {IntegrationNames.Rule}.", [new("/name", "invalid_id", $"'{name}' cannot be an integration's name: {IntegrationNames.Rule}.")]);
        if (library.IsConfigured(name))
            return Configured(name);
        var saved = await library.SaveAsync(context.Tenant(), name, Authored(body), expected, context.Caller().User, IdempotencyKey.In(scope, context.IdempotencyKey()));
        return saved.Outcome switch
        {
            WriteOutcome.Done or WriteOutcome.Duplicate => await ShowAsync(context, saved.Name, saved.Created || (saved.Outcome == WriteOutcome.Duplicate && expected == 0)),
            WriteOutcome.Full => ProblemReply.Conflict("too_many", $"There are {IntegrationLibrary.Most} integrations already. Delete one that nobody uses."),
            null => ProblemReply.Invalid(string.Join(' ', saved.Problems.Select(one => one.Message)), saved.Problems),
            _ when scope.Contains('/', StringComparison.Ordinal) => VersionTags.Failed(expected == 0 ? $"The integration '{name}' exists already." : $"The integration '{name}' is not at version {expected}."),
            _ => ProblemReply.Conflict("name_taken", $"There is an integration '{name}' already. Choose another name, or PUT /api/v1/integrations/{name} to change it."),
        };
    }

    private async ValueTask<Reply> DeleteAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var problem))
            return problem!;
        var name = context.RouteText("name");
        if (library.IsConfigured(name))
            return Configured(name);
        return await library.DeleteAsync(context.Tenant(), name, expected, IdempotencyKey.In("integrations/delete/" + name, context.IdempotencyKey())) switch
        {
            WriteOutcome.NotFound => ProblemReply.NotFound("integration", name),
            WriteOutcome.Conflict => VersionTags.Failed($"The integration '{name}' is not at version {expected}."),
            _ => Reply.NoContent,
        };
    }

    private async ValueTask<Reply> ShowAsync(HttpContext context, string name, bool created)
    {
        if (await library.FindAsync(context.Tenant(), name, context.RequestAborted) is not { } found)
            return ProblemReply.NotFound("integration", name);
        return Reply.Json(found, Write, created ? StatusCodes.Status201Created : StatusCodes.Status200OK,
            created ? $"{context.Request.PathBase}/api/v1/integrations/{name}" : null, found.Stored is { } stored ? VersionTags.Of(stored.Version) : null);
    }

    private static ProblemReply Configured(string name) =>
        ProblemReply.Conflict("configured", $"The integration '{name}' comes from the server's settings. Change {ServiceSettings.ApiGatewayUrlName} and {ServiceSettings.ApiGatewayTokenName} there.");

    // What the server says of it is ignored, so that what was read can be sent back.
    private static MapValue Authored(MapValue body) => MapValue.Create(body.Entries.ToArray()
        .Where(entry => entry.Key.AsString() is not ("name" or "source" or "version" or "createdAt" or "created_at" or "updatedAt" or "updated_at" or "tenantId" or "tenant_id" or "owner"))
        .Select(entry => KeyValuePair.Create(entry.Key.AsString(), entry.Value)));

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
