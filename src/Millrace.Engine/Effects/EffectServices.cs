using Millrace.Engine.Blobs;
using Millrace.Engine.Budgets;
using Millrace.Engine.Caching;
using Millrace.Engine.Events;
using Millrace.Engine.Feed;
using Millrace.Core.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Effects;

/// <summary>What effects may use.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Feed">Hears pieces of results as they come.</param>
/// <param name="Secrets">The secrets of tenants; null: there are none.</param>
/// <param name="Children">Starts executions.</param>
/// <param name="Blobs">Where files lie; null: nowhere.</param>
/// <param name="Links">Makes addresses to be called at; null: this process has none.</param>
/// <param name="Cache">What effects have given before.</param>
/// <param name="Events">Publishes events.</param>
/// <param name="Budgets">Says what calls of models are charged to.</param>
/// <param name="Committer">Writes to the store.</param>
internal sealed record EffectServices(
    TimeProvider Time,
    EventFeed Feed,
    SecretVault? Secrets,
    IChildStarter Children,
    IBlobStore? Blobs,
    ILinkSource? Links,
    ResultCache Cache,
    EventPublisher Events,
    IBudgets Budgets,
    Committer Committer);
