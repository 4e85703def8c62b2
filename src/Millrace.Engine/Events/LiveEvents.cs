using System.Collections.Immutable;
using System.Threading.Channels;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Events;

/// <summary>Events of one commit, as heard by subscribers. They are in the store already; who misses one reads it there.</summary>
/// <param name="Tenant">Whose execution.</param>
/// <param name="WorkflowId">Of which workflow.</param>
/// <param name="ExecutionId">Which execution.</param>
/// <param name="Entry">The events.</param>
/// <param name="IsTerminal">Whether nothing follows.</param>
public sealed record LiveBatch(string Tenant, string WorkflowId, string ExecutionId, JournalEntry Entry, bool IsTerminal)
{
    /// <summary>A piece of a result instead of events; only for subscribers who asked for such.</summary>
    public LiveToken? Token { get; private init; }

    internal static LiveBatch OfToken(ExecutionIdentity execution, LiveToken token) =>
        new(execution.Tenant, execution.WorkflowId, execution.Id, default, IsTerminal: false) { Token = token };
}

/// <summary>A piece of a node's result as it comes. It is nowhere stored: who misses it reads the whole result.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Iteration">Its iteration path.</param>
/// <param name="Attempt">The attempt; the pieces of a new one begin anew.</param>
/// <param name="Text">The piece.</param>
public sealed record LiveToken(string NodeId, string Iteration, int Attempt, string Text);

/// <summary>
/// Tells live subscribers what was committed. It never blocks the engine: a subscriber whose buffer is full is cut off
/// and resumes from the store.
/// </summary>
public sealed class LiveEvents
{
    private const int BufferedBatches = 4_096;

    private ImmutableArray<Subscription> _subscriptions = [];

    /// <summary>Whether anybody listens at all.</summary>
    public bool HasSubscribers => !_subscriptions.IsEmpty;

    /// <summary>Listens to a tenant's executions: one, those of one workflow, or all.</summary>
    public Subscription Subscribe(string tenant, string? workflowId, string? executionId, bool withTokens = false)
    {
        var subscription = new Subscription(this, tenant, workflowId, executionId, withTokens, BufferedBatches);
        ImmutableInterlocked.Update(ref _subscriptions, static (all, added) => all.Add(added), subscription);
        return subscription;
    }

    /// <summary>Tells whoever listens.</summary>
    public void Publish(LiveBatch batch)
    {
        foreach (var subscription in _subscriptions)
            subscription.Offer(batch);
    }

    private void Remove(Subscription subscription) =>
        ImmutableInterlocked.Update(ref _subscriptions, static (all, removed) => all.Remove(removed), subscription);

    /// <summary>One subscriber's view. Dispose to stop listening.</summary>
    public sealed class Subscription : IDisposable
    {
        private readonly LiveEvents _owner;
        private readonly string _tenant;
        private readonly string? _workflowId;
        private readonly string? _executionId;
        private readonly bool _withTokens;
        private readonly Channel<LiveBatch> _channel;

        internal Subscription(LiveEvents owner, string tenant, string? workflowId, string? executionId, bool withTokens, int capacity)
        {
            (_owner, _tenant, _workflowId, _executionId, _withTokens) = (owner, tenant, workflowId, executionId, withTokens);
            _channel = Channel.CreateBounded<LiveBatch>(new BoundedChannelOptions(capacity) { SingleReader = true, AllowSynchronousContinuations = false });
        }

        /// <summary>What was committed since subscribing. It ends when the subscriber was too slow and has to resume from the store.</summary>
        public ChannelReader<LiveBatch> Batches => _channel.Reader;

        /// <inheritdoc/>
        public void Dispose()
        {
            _owner.Remove(this);
            _channel.Writer.TryComplete();
        }

        internal void Offer(LiveBatch batch)
        {
            if (!string.Equals(batch.Tenant, _tenant, StringComparison.Ordinal)
                || (_executionId is not null && !string.Equals(batch.ExecutionId, _executionId, StringComparison.Ordinal))
                || (_workflowId is not null && !string.Equals(batch.WorkflowId, _workflowId, StringComparison.Ordinal)))
                return;
            if (batch.Token is not null)
            {
                // Losing a piece costs nothing; being cut off for one would.
                if (_withTokens)
                    _channel.Writer.TryWrite(batch);
            }
            else if (!_channel.Writer.TryWrite(batch))
                Dispose();
        }
    }
}
