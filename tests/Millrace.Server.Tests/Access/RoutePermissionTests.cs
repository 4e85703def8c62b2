using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.Server.Access;

namespace Millrace.Server.Tests.Access;

public sealed class RoutePermissionTests(RoutePermissionTests.SecuredServer secured) : IClassFixture<RoutePermissionTests.SecuredServer>
{
    private static readonly Role[] Roles = [new("nobody", PermissionSet.None), .. Role.All];

    [Fact]
    public void Every_route_declares_its_permission()
    {
        var undeclared = Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<RequiredPermission>() is null);
        Assert.Empty(undeclared.Select(endpoint => endpoint.RoutePattern.RawText));
        Assert.NotEmpty(Endpoints());
    }

    [Fact]
    public void Only_health_links_webhooks_and_the_reference_are_public()
    {
        var open = Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<RequiredPermission>()!.Permission == Permission.Public);
        Assert.Equal(["/", "/api/v1/approvals/{id}/answer/", "/api/v1/approvals/{id}/answer/", "/callbacks/{token}", "/callbacks/{token}/{**path}", "/docs/api", "/health", "/health/live", "/health/ready", "/openapi/v1.json", "/ping", "/webhooks/{**path}"], open.Select(endpoint => endpoint.RoutePattern.RawText).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_route_lets_in_exactly_the_roles_of_its_permission()
    {
        foreach (var endpoint in Endpoints())
        {
            var permission = endpoint.Metadata.GetMetadata<RequiredPermission>()!.Permission;
            var path = endpoint.RoutePattern.RawText!.Replace("{id}", "nobody").Replace("{version}", "1").Replace("{other}", "2").Replace("{type}", "start").Replace("{name}", "nobody").Replace("{**path}", "nowhere").Replace("{token}", "nobody").Replace("{nodeId}", "nobody");
            // A stream does not end by itself; its refusals are what there is to see.
            var roles = path.EndsWith("/stream", StringComparison.Ordinal) ? Roles.Where(role => !role.Permissions.Has(permission)) : Roles;
            foreach (var method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
            {
                var verb = new HttpMethod(method);
                if (permission != Permission.Public)
                    Assert.Equal(401, (await secured.Server.SendAsync(verb, path, null)).Status);
                foreach (var role in roles)
                {
                    var answer = await secured.Server.SendAsync(verb, path, null, Tokens.Bearer(role.Name, "default"));
                    Assert.True((answer.Status == 403) == !role.Permissions.Has(permission), $"{method} {path} as {role.Name}: {answer.Status}");
                    Assert.NotEqual(401, answer.Status);
                    Assert.NotEqual(500, answer.Status);
                }
            }
        }
    }

    [Theory]
    [InlineData("/API/V1/workflows")]
    [InlineData("/api/v1/workflows/")]
    [InlineData("/api/v1//workflows")]
    [InlineData("/api/v1/workflows%2fx")]
    [InlineData("/health/../api/v1/workflows")]
    [InlineData("/health/..%2fapi/v1/workflows")]
    [InlineData("/api/v1/workflows;x")]
    public async Task No_spelling_of_a_path_gets_round_its_permission(string path) =>
        Assert.Contains((await secured.Server.GetAsync(path)).Status, new[] { 401, 404 });

    [Fact]
    public async Task A_route_without_a_permission_is_closed()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddRouting();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        var control = ActivatorUtilities.CreateInstance<AccessControl>(app.Services, new RequestDelegate(_ => throw new InvalidOperationException("It was let through.")), new Server.Configuration.AccessSettings());
        var context = new DefaultHttpContext();
        context.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/open"), 0, EndpointMetadataCollection.Empty, null));
        await control.InvokeAsync(context);
        Assert.Equal(403, context.Response.StatusCode);
    }

    [Fact]
    public async Task The_token_s_role_is_named_in_the_refusal()
    {
        var answer = await secured.Server.PostAsync("/api/v1/workflows", Documents.Sum, Tokens.Bearer("viewer", "default"));
        Assert.Contains("editor", answer["detail"].AsString());
    }

    [Fact]
    public async Task The_challenge_speaks_of_a_bad_token_only_where_there_was_one()
    {
        var expired = Tokens.Bearer("""{"role":"admin","exp":1}""");

        var none = await secured.Server.GetAsync("/api/v1/workflows");
        var bad = await secured.Server.GetAsync("/api/v1/workflows", expired);
        var open = await secured.Server.GetAsync("/health", expired);

        Assert.Equal((401, "Bearer"), (none.Status, none.Header("WWW-Authenticate")));
        Assert.Equal((401, "Bearer error=\"invalid_token\""), (bad.Status, bad.Header("WWW-Authenticate")));
        Assert.Contains("expired", bad["detail"].AsString());
        Assert.Equal(200, open.Status);
    }

    private IEnumerable<RouteEndpoint> Endpoints() => secured.Server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public sealed class SecuredServer : IAsyncLifetime
    {
        public ServerFixture Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
