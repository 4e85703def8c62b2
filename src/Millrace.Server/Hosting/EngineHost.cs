using Millrace.Engine.Blobs;
using Millrace.Engine.Feed;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Engine.Workflows;
using Millrace.Server.Configuration;
using Millrace.Server.Integrations;
using Millrace.Storage.Sqlite;

namespace Millrace.Server.Hosting;

/// <summary>The engine with everything that belongs to it, put together once. Disposing it ends the engine first and the store last.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly DedicatedThreadScheduler _commits;
    private readonly HostedNodes _nodes;

    private EngineHost(IStore store, HostedNodes nodes, ServerSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        _nodes = nodes;
        var ids = new RandomIds();
        _commits = new DedicatedThreadScheduler("Committer");
        var committer = new Committer(store, _commits, borrowsCallers: true);
        Store = store;
        Workflows = new WorkflowLibrary(store, committer, nodes.Types, ids, time) { TenantCheck = nodes.Integrations.CheckAsync };
        Integrations = new IntegrationLibrary(store, committer, nodes.Integrations, time);
        var blobs = new FileBlobStore(Path.Combine(settings.DataDirectory, "blobs"), time);
        History = new ExecutionHistory(store, Workflows, blobs);
        Feed = new EventFeed(store);
        Secrets = new SecretVault(store, committer, new SecretKeyFile(Path.Combine(settings.DataDirectory, "secrets.key")), settings.Secrets, time);
        Links = SignedLinks.Open(Path.Combine(settings.DataDirectory, "links.key"));
        Links.BaseUrl = settings.OwnUrl;
        var options = new EngineOptions { Retention = settings.Retention, TenantConcurrency = settings.TenantConcurrency, TenantStartRate = settings.TenantStartRate, Reached = CrashSwitch.Read(Environment.GetEnvironmentVariable(CrashSwitch.Variable), loggers) };
        Engine = new WorkflowEngine(store, committer, Workflows, Feed, ThreadPoolScheduler.Instance, time, ids, options, loggers, Secrets, blobs, Links);
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
        return new EngineHost(store, new HostedNodes(settings, time, store, aroundNodes), settings, time, loggers);
    }

    public IStore Store { get; }

    public WorkflowLibrary Workflows { get; }

    public ExecutionHistory History { get; }

    public EventFeed Feed { get; }

    public SecretVault Secrets { get; }

    public IntegrationLibrary Integrations { get; }

    public SignedLinks Links { get; }

    public WorkflowEngine Engine { get; }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _commits.Dispose();
        await Store.DisposeAsync();
        _nodes.Dispose();
    }
}
