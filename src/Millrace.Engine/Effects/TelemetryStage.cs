using System.Diagnostics;
using System.Diagnostics.Metrics;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Effects;

/// <summary>
/// Tells whoever listens to the meter and the activity source "Millrace.Engine" about attempts: how long each took, and how it ended. Where nobody listens it is out of the way.
/// </summary>
internal sealed class TelemetryStage(EffectStage next, TimeProvider time)
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Millrace.Engine";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("millrace.effect.duration", "s", "How long one attempt of a node took, from its start to its outcome.");

    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect) =>
        Duration.Enabled || Activities.HasListeners() ? MeasureAsync(effect) : next(effect);

    private async ValueTask<NodeOutcome> MeasureAsync(RunningEffect effect)
    {
        var type = effect.Start.Node.Type.Type;
        var begun = time.GetTimestamp();
        using var activity = Activities.StartActivity($"node {type}");
        activity?.SetTag("millrace.execution.id", effect.Owner.Identity.Id);
        activity?.SetTag("millrace.workflow.id", effect.Owner.Identity.WorkflowId);
        activity?.SetTag("millrace.node.id", effect.Start.Node.Id);
        activity?.SetTag("millrace.attempt", effect.Start.Attempt);
        var outcome = await next(effect);
        // The kind of error only: its message may hold what belongs into no trace.
        var error = outcome.Error?.Type;
        if (error is not null)
            activity?.SetStatus(ActivityStatusCode.Error, error);
        Duration.Record(time.GetElapsedTime(begun).TotalSeconds, new("node.type", type), new("error.type", error));
        return outcome;
    }
}
