using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>The limits that a start is subject to: its workflow's, then its tenant's.</summary>
internal sealed record StartLimits(ImmutableArray<SlotLimit> Slots, ImmutableArray<StartRate> Rates)
{
    /// <summary>The limits of a start; none where there are none. A key that cannot be rendered is a problem of the start.</summary>
    public static (StartLimits? Limits, Problem? Problem) Of(CompiledGraph graph, ExecutionStart start, StartRequest request, EngineOptions options)
    {
        var settings = graph.Definition.Settings;
        // A child is part of what its parent does: were it to wait for a slot of the tenant, parents that wait for children could hold them all.
        var tenantSays = request.ParentId is null && (options.TenantConcurrency is not null || options.TenantStartRate is not null);
        if (settings.Concurrency is null && settings.RateLimit is null && !tenantSays)
            return default;

        var slots = ImmutableArray.CreateBuilder<SlotLimit>(2);
        var rates = ImmutableArray.CreateBuilder<StartRate>(2);
        if (settings.Concurrency is { } concurrency)
        {
            var (key, problem) = Render(graph.ConcurrencyKey, concurrency.Key, "concurrency", start);
            if (problem is not null)
                return (null, problem);
            slots.Add(new SlotLimit(new LimitScope(request.WorkflowId, key!), concurrency.Limit));
        }
        if (settings.RateLimit is { } rate)
        {
            var (key, problem) = Render(graph.RateLimitKey, rate.Key, "rateLimit", start);
            if (problem is not null)
                return (null, problem);
            rates.Add(Rate(new LimitScope(request.WorkflowId, key!), rate));
        }
        var tenant = new LimitScope(null, "");
        if (tenantSays && options.TenantConcurrency is { } most)
            slots.Add(new SlotLimit(tenant, most));
        if (tenantSays && options.TenantStartRate is { } tenantRate)
            rates.Add(Rate(tenant, tenantRate));
        return (new StartLimits(slots.ToImmutable(), rates.ToImmutable()), null);
    }

    private static StartRate Rate(LimitScope scope, StartRateLimit rate) => new(scope, rate.Limit, rate.Per, rate.Burst ?? rate.Limit);

    private static (string? Key, Problem? Problem) Render(LimitKey? key, string? source, string setting, ExecutionStart start)
    {
        if (key is null)
            return ("", null);
        var (rendered, why) = key.Render(start);
        return why is null
            ? (rendered, null)
            : (
                null,
                new Problem(
                    "/input",
                    "limit_key",
                    $"The workflow's settings.{setting} uses the key '{source}', which has no value for this start: {why}. Give it a "
                        + "value, or add a default to the key."));
    }
}
