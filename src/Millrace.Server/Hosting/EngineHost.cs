using Millrace.Engine.Blobs;
using Millrace.Engine.Feed;
using Millrace.Engine.Integrations;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Engine.Workflows;
using Millrace.Server.Configuration;
using Millrace.Nodes.Integration.Services;
using Millrace.Storage.Sqlite;

namespace Millrace.Server.Hosting;

/// <summary>The engine with everything that belongs to it, put together once. Disposing it ends the engine first and the store last.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly MillraceEngine _engine;
    private readonly HostedNodes _nodes;

    private EngineHost(IStore store, HostedNodes nodes, ServerSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        _nodes = nodes;
        Links = SignedLinks.Open(Path.Combine(settings.DataDirectory, "links.key"));
        Links.BaseUrl = settings.OwnUrl;
        Blobs = new FileBlobStore(Path.Combine(settings.DataDirectory, "blobs"), time);
        _engine = MillraceEngine.Open(new EngineSetup
        {
            Store = store,
            Nodes = nodes.Types,
            Time = time,
            Options = new EngineOptions
            {
                Retention = settings.Retention,
                TenantConcurrency = settings.TenantConcurrency,
                TenantStartRate = settings.TenantStartRate,
                Reached = settings.CrashAt?.Arm(loggers.CreateLogger<CrashSwitch>()),
            },
            Loggers = loggers,
            Blobs = Blobs,
            Links = Links,
            Secrets = new SecretSetup(new SecretKeyFile(Path.Combine(settings.DataDirectory, "secrets.key")), settings.Secrets),
            Integrations = new IntegrationSetup(nodes.Integrations.Configured, IntegrationReader.Read),
            TenantCheck = nodes.Integrations.CheckAsync,
        });
        Operations = new EngineOperations(_engine, Links, Draining);
    }

    /// <summary>Opens the store that the settings name, and the engine over it.</summary>
    /// <exception cref="StoreException">The store cannot be opened; the message says what to do.</exception>
    /// <param name="settings">How it is to run.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Who hears of trouble.</param>
    /// <param name="aroundStore">Puts something around the store; null: nothing.</param>
    /// <param name="aroundNodes">Puts something around each type of node; null: nothing.</param>
    public static EngineHost Open(ServerSettings settings, TimeProvider time, ILoggerFactory loggers, Func<IStore, IStore>? aroundStore = null, Func<NodeType, NodeType>? aroundNodes = null)
    {
        IStore store = SqliteStore.Open(new SqliteStoreOptions(settings.DataDirectory, settings.DatabasePath));
        store = aroundStore?.Invoke(store) ?? store;
        return new EngineHost(store, new HostedNodes(settings, time, IntegrationCache.Over(store, time), aroundNodes), settings, time, loggers);
    }

    public IStore Store => _engine.Store;

    public WorkflowLibrary Workflows => _engine.Workflows;

    public ExecutionHistory History => _engine.History;

    public EventFeed Feed => _engine.Feed;

    public SecretVault Secrets => _engine.Secrets!;

    public EngineOperations Operations { get; }

    /// <summary>Whether it is about to end.</summary>
    public Draining Draining { get; } = new();

    public SignedLinks Links { get; }

    public IBlobStore Blobs { get; }

    public WorkflowEngine Engine => _engine.Executions;

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await Store.DisposeAsync();
        _nodes.Dispose();
        Draining.Dispose();
    }
}
