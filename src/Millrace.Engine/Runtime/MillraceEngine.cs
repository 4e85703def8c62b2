using Microsoft.Extensions.Logging;
using Millrace.Engine.Blobs;
using Millrace.Engine.Feed;
using Millrace.Engine.Integrations;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Runtime;

/// <summary>An engine with all its parts, put together once: the same way in a server, on the command line, in tests and in simulations.</summary>
public sealed class MillraceEngine : IAsyncDisposable
{
    private readonly DedicatedThreadScheduler? _commits;

    private MillraceEngine(EngineSetup given)
    {
        var setup = given.Blobs is { } blobs ? given with { Blobs = new BoundedBlobStore(blobs) } : given;
        Setup = given;
        _commits = setup.CommitScheduler is null ? new DedicatedThreadScheduler("Committer") : null;
        var logger = setup.Loggers.CreateLogger<Committer>();
        Committer = new Committer(setup.Store, setup.CommitScheduler ?? _commits!, borrowsCallers: _commits is not null, logger: logger);
        Workflows = new WorkflowLibrary(setup.Store, Committer, setup.Nodes, setup.Ids, setup.Time) { TenantCheck = setup.TenantCheck };
        Feed = new EventFeed(setup.Store);
        History = new ExecutionHistory(setup.Store, Workflows, setup.Blobs);
        Secrets = setup.Secrets is { } secrets ? new SecretVault(setup.Store, Committer, secrets.KeyFile, secrets.Configured, setup.Time) : null;
        Integrations = setup.Integrations is { } known ? new IntegrationLibrary(setup.Store, Committer, known.Configured, known.Read, setup.Time) : null;
        Executions = new WorkflowEngine(setup, Committer, Workflows, History, Feed, Secrets);
    }

    /// <summary>Puts an engine together. Nothing runs before <see cref="WorkflowEngine.Start"/>.</summary>
    public static MillraceEngine Open(EngineSetup setup) => new(setup);

    /// <summary>What it is made of.</summary>
    public EngineSetup Setup { get; }

    /// <summary>Where everything is stored.</summary>
    public IStore Store => Setup.Store;

    /// <summary>Writes to the store.</summary>
    public Committer Committer { get; }

    /// <summary>The workflows.</summary>
    public WorkflowLibrary Workflows { get; }

    /// <summary>Reads what executions did.</summary>
    public ExecutionHistory History { get; }

    /// <summary>The events of executions, as they are committed.</summary>
    public EventFeed Feed { get; }

    /// <summary>The secrets; null: there are none.</summary>
    public SecretVault? Secrets { get; }

    /// <summary>The integrations; null: there are none.</summary>
    public IntegrationLibrary? Integrations { get; }

    /// <summary>Runs executions.</summary>
    public WorkflowEngine Executions { get; }

    /// <summary>Ends quietly: running effects get their grace period, and the rest is left to the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await Executions.DisposeAsync();
        _commits?.Dispose();
    }
}
