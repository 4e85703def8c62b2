using Millrace.Core.Nodes;
using Millrace.Engine.Events;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Server.Hosting;

/// <summary>The engine with everything that belongs to it, put together once. Disposing it ends the engine first and the store last.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly DedicatedThreadScheduler _commits;

    public EngineHost(IStore store, INodeCompiler types, SecretKeyFile secretKey, ConfiguredSecrets secrets, TimeProvider time, EngineOptions options, ILoggerFactory loggers)
    {
        var ids = new RandomIds();
        _commits = new DedicatedThreadScheduler("Committer");
        var committer = new Committer(store, _commits);
        Store = store;
        Workflows = new WorkflowLibrary(store, committer, types, ids, time);
        History = new ExecutionHistory(store, Workflows);
        Live = new LiveEvents();
        Secrets = new SecretVault(store, committer, secretKey, secrets, time);
        Engine = new WorkflowEngine(store, committer, Workflows, Live, ThreadPoolScheduler.Instance, time, ids, options, loggers, Secrets);
    }

    public IStore Store { get; }

    public WorkflowLibrary Workflows { get; }

    public ExecutionHistory History { get; }

    public LiveEvents Live { get; }

    public SecretVault Secrets { get; }

    public WorkflowEngine Engine { get; }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _commits.Dispose();
        await Store.DisposeAsync();
    }
}
