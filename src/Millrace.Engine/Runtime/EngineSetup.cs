using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Budgets;
using Millrace.Engine.Integrations;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>What an engine is made of (<see cref="MillraceEngine.Open"/>).</summary>
public sealed record EngineSetup
{
    /// <summary>Where everything is stored. It stays open when the engine ends: its opener disposes it.</summary>
    public required IStore Store { get; init; }

    /// <summary>The node types that workflows may use.</summary>
    public required NodeRegistry Nodes { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Generates the ids of executions and events.</summary>
    public IdSource Ids { get; init; } = new RandomIds();

    /// <summary>The scheduler that runs mailboxes and effects.</summary>
    public EngineScheduler Scheduler { get; init; } = ThreadPoolScheduler.Instance;

    /// <summary>Where writes to the store run; null: on a thread of their own, or on the thread of a lone writer.</summary>
    public EngineScheduler? CommitScheduler { get; init; }

    /// <summary>Limits, timeouts and intervals of the engine.</summary>
    public EngineOptions Options { get; init; } = new();

    /// <summary>Where log messages go.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Where large values and files are; null: large values stay in the journal, and there are no files.</summary>
    public IBlobStore? Blobs { get; init; }

    /// <summary>Makes links to waits; null: waits have none.</summary>
    public ILinkSource? Links { get; init; }

    /// <summary>Where secrets come from; null: there are none.</summary>
    public SecretSetup? Secrets { get; init; }

    /// <summary>How integrations are read; null: there are none.</summary>
    public IntegrationSetup? Integrations { get; init; }

    /// <summary>Says which budgets calls of models are charged to.</summary>
    public IBudgets Budgets { get; init; } = WorkflowBudgets.Instance;

    /// <summary>Finds what is doubtful about a graph in the eyes of one tenant; null: nothing does.</summary>
    public Func<string, CompiledGraph, CancellationToken, ValueTask<IReadOnlyList<Problem>>>? TenantCheck { get; init; }
}

/// <summary>Where secrets come from.</summary>
/// <param name="KeyFile">The key that stored secrets are encrypted under.</param>
/// <param name="Configured">Secrets from the server's environment.</param>
public sealed record SecretSetup(SecretKeyFile KeyFile, ConfiguredSecrets Configured);

/// <summary>How integrations are read.</summary>
/// <param name="Configured">The operator's own, as documents without their credentials, by name.</param>
/// <param name="Read">Reads and checks a document.</param>
public sealed record IntegrationSetup(ImmutableSortedDictionary<string, MapValue> Configured, Func<MapValue, IntegrationReading> Read);
