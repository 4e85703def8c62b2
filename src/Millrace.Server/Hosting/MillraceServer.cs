using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Nodes.Code;
using Millrace.Server.Access;
using Millrace.Server.Access.Jwt;
using Millrace.Server.Approvals;
using Millrace.Server.Callbacks;
using Millrace.Server.Configuration;
using Millrace.Server.Events;
using Millrace.Server.Events.Publishing;
using Millrace.Server.Executions;
using Millrace.Server.Expressions;
using Millrace.Server.Health;
using Millrace.Server.Http;
using Millrace.Server.Integrations;
using Millrace.Server.Limits;
using Millrace.Server.NodeTypes;
using Millrace.Server.OpenApi;
using Millrace.Server.Polling;
using Millrace.Server.Secrets;
using Millrace.Server.Webhooks;
using Millrace.Server.Webhooks.Callers;
using Millrace.Server.Workers;
using Millrace.Server.Workflows;

namespace Millrace.Server.Hosting;

/// <summary>The whole server: store, engine and HTTP, put together from checked settings.</summary>
internal sealed class MillraceServer : IAsyncDisposable
{
    private readonly ServerSettings _settings;
    private readonly EngineHost _engine;
    private readonly WebApplication _app;
    private readonly ConnectionLimit _connections;

    private MillraceServer(ServerSettings settings, EngineHost engine, WebApplication app, ConnectionLimit connections) =>
        (_settings, _engine, _app, _connections) = (settings, engine, app, connections);

    /// <summary>Everything in the process that routes can be asked about.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Where it listens, once started.</summary>
    public IReadOnlyCollection<string> Urls => [.. _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];

    /// <summary>Opens the store and puts the server together; nothing runs yet.</summary>
    /// <exception cref="StoreException">The store cannot be opened; the message says what to do.</exception>
    public static MillraceServer Create(ServerSettings settings, TimeProvider time)
    {
        // Else it would watch every file below the working directory, the database included.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Configuration.Sources.Clear();
        Logging.AddTo(builder.Logging, settings.Logging);
        var connections = ConnectionLimit.Find();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.Limit;
            kestrel.Limits.MaxConcurrentConnections = connections.Connections;
            foreach (var address in settings.Addresses)
                Listen(kestrel, address);
        });
        builder.Services.AddRouting();
        builder.Services.AddCors(cors => Cors.Configure(cors, new AllowedOrigins(settings.Access.Origins)));
        if (settings.Access.JwtSecret is { } secret)
            BearerTokens.AddTo(builder.Services, secret.AsMemory(), settings.Access.RequiresExpiry, time);
        builder.Services.AddSingleton(services => EngineHost.Open(settings, time, services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton(_ => new StreamKeeper(time));
        builder.Services.AddHostedService(services => new DrainService(services.GetRequiredService<EngineHost>(), services.GetRequiredService<ILogger<DrainService>>()));
        var app = builder.Build();
        var engine = app.Services.GetRequiredService<EngineHost>();
        Use(app, settings.Access);
        Map(app, engine, settings.Access, time);
        return new MillraceServer(settings, engine, app, connections);
    }

    /// <summary>Sets the engine going and listens.</summary>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (_settings.SamplesDirectory is { } samples)
            await SampleWorkflows.LoadAsync(samples, _engine.Operations, _engine.Workflows.Types, _app.Logger);
        _engine.Engine.Start();
        await _app.StartAsync(cancellation);
        _engine.Links.BaseUrl ??= Urls.FirstOrDefault();
        if (_settings.Access.JwtSecret is null)
            _app.Logger.LogWarning("{Setting} is not set: every program on this machine has full access", SettingNames.JwtSecret);
        _app.Logger.LogInformation("It takes up to {Connections} connections at once", _connections.Connections);
        if (CodeRuntime.MissingForPython(_settings.Code) is { } missing)
            _app.Logger.LogWarning("Code nodes in Python will not run: {Problem}", missing);
        foreach (var url in Urls)
            _app.Logger.LogInformation("Millrace listens on {Url}", url);
    }

    /// <summary>Ends when the process is told to end, or cannot go on.</summary>
    /// <returns>Why it cannot go on; null: it was told to end.</returns>
    public async Task<StoreException?> WaitForShutdownAsync()
    {
        var lost = _engine.Engine.StoreLost;
        return await Task.WhenAny(_app.WaitForShutdownAsync(), lost) == lost ? await lost : null;
    }

    /// <summary>Begins as a shutdown does: starts nothing new, and goes on answering.</summary>
    public void BeginDraining() => _engine.Draining.Begin();

    /// <summary>Drains and ends.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        // The engine and its store go with the application's services.
        await _app.DisposeAsync();
    }

    private static void Listen(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, ListenAddress address)
    {
        if (address.Address is { } ip)
            kestrel.Listen(ip, address.Port);
        else
            kestrel.ListenLocalhost(address.Port);
    }

    private static void Use(WebApplication app, AccessSettings access)
    {
        app.UseMiddleware<ErrorHandling>();
        app.UseRouting();
        // Only pages send an Origin. For all others it would do nothing, and note in a dictionary of the request that it did.
        app.UseWhen(context => context.Request.Headers.Origin.Count > 0, pages => pages.UseCors());
        if (access.JwtSecret is not null)
            app.UseAuthentication();
        app.UseMiddleware<AccessControl>(access);
        app.UseMiddleware<DeclaredRequests>();
    }

    private static void Map(WebApplication app, EngineHost engine, AccessSettings access, TimeProvider time)
    {
        var draining = engine.Draining;
        var operations = engine.Operations;
        var executions = new ExecutionRoutes(operations.Executions);
        var api = app.MapGroup("/api/v1");
        new WorkflowRoutes(operations.Workflows, operations.WorkflowWrites).Map(api);
        new VersionRoutes(operations.Workflows, operations.WorkflowWrites).Map(api);
        new ExchangeRoutes(operations.Workflows, operations.WorkflowWrites).Map(api);
        new StartRoutes(operations.Starts).Map(api);
        executions.Map(api);
        new ControlRoutes(operations.Control).Map(api);
        new ForkRoutes(operations.Forks).Map(api);
        new BulkRoutes(operations.Bulk).Map(api);
        new MigrationRoutes(operations.Migrations).Map(api);
        new ExecutionDetailRoutes(operations.NodeRuns, operations.Journals, engine.Links).Map(api);
        new ExecutionLogRoutes(operations.Journals).Map(api);
        new ApprovalRoutes(operations.Approvals).Map(api);
        new AnswerLinkRoutes(operations.Approvals).Map(api);
        new EventRoutes(operations.Following, app.Services.GetRequiredService<StreamKeeper>(), time).Map(api);
        new PublishedEventRoutes(operations.Events).Map(api);
        new NodeTypeRoutes(operations.NodeTypes).Map(api);
        new NodeTestRoutes(operations.NodeTypes).Map(api);
        new WorkerRoutes(operations.Workers).Map(api);
        new TaskRoutes(operations.Workers).Map(api);
        new ExpressionRoutes().Map(api);
        new LimitRoutes(operations.Limits).Map(api);
        new SecretRoutes(operations.Secrets).Map(api);
        new IntegrationRoutes(operations.Integrations).Map(api);
        new IntegrationTestRoutes(operations.Integrations).Map(api);
        new PollingRoutes(operations.Starts, executions, operations.NodeRuns).Map(app);
        var callers = new CallerChecks(engine.Secrets, access, time, app.Services.GetRequiredService<ILogger<CallerChecks>>());
        var bodies = new WebhookBody(engine.Blobs);
        new WebhookRoutes(operations.Webhooks, callers, bodies, access).Map(app);
        new CallbackRoutes(operations.Callbacks, callers, bodies).Map(app);
        new HealthRoutes(operations.Health, draining, time).Map(app);
        new ReferenceRoutes(app.Services.GetRequiredService<EndpointDataSource>()).Map(app);
    }
}
