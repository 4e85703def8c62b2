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

    public static TheoryData<string> RoleNames => [.. Roles.Select(role => role.Name)];

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

    [Theory]
    [MemberData(nameof(RoleNames))]
    public async Task Every_route_lets_a_role_in_exactly_if_it_has_the_permission(string name)
    {
        var role = Roles.Single(one => one.Name == name);
        var wrong = new List<string>();
        foreach (var (method, path, permission) in Calls())
        {
            // A stream does not end by itself; its refusals are what there is to see.
            if (path.EndsWith("/stream", StringComparison.Ordinal) && role.Permissions.Has(permission))
                continue;
            var status = (await secured.Server.SendAsync(method, path, null, Tokens.Bearer(role.Name, "default"))).Status;
            if (status is 401 or 500 || (status == 403) == role.Permissions.Has(permission))
                wrong.Add($"{method} {path}: {status}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task No_route_that_needs_a_permission_answers_without_a_token()
    {
        var wrong = new List<string>();
        foreach (var (method, path, permission) in Calls().Where(call => call.Permission != Permission.Public))
        {
            var status = (await secured.Server.SendAsync(method, path, null)).Status;
            if (status != 401)
                wrong.Add($"{method} {path}: {status}");
        }
        Assert.Empty(wrong);
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

    private IEnumerable<RouteCall> Calls() => EveryRoute.CallsOf(secured.Server);

    private IEnumerable<RouteEndpoint> Endpoints() => EveryRoute.Of(secured.Server);

    public sealed class SecuredServer : IAsyncLifetime
    {
        public ServerFixture Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
