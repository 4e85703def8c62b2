using System.Diagnostics;
using System.Diagnostics.Metrics;
using Millrace.Core.Nodes;
using Millrace.Engine.Effects;
using Millrace.Engine.Tests.Runtime;

namespace Millrace.Engine.Tests.Effects;

/// <summary>What the pipeline tells those who listen.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Every_attempt_is_measured_and_traced_and_no_message_of_an_error_leaves_with_it()
    {
        var nodeId = $"n{Guid.NewGuid():N}";
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        var measured = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TelemetryStage.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var meters = new MeterListener { InstrumentPublished = (instrument, self) => Listen(instrument, self) };
        meters.SetMeasurementEventCallback<double>((_, _, tags, _) => measured.Enqueue(Find(tags, "error.type")));
        meters.Start();
        var effects = new ScriptedEffects { Body = (context, _) => new(context.Attempt == 1 ? NodeOutcome.Failed("busy", "token 123456", retryable: true) : NodeOutcome.Completed("done")) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", $$"""{"id":"{{nodeId}}","type":"effect","retry":{"maxAttempts":2,"delay":"PT0S"} }""");

        await host.RunAsync("w");

        var own = spans.Where(span => Equals(span.GetTagItem("millrace.node.id"), nodeId)).ToList();
        Assert.Equal([1, 2], own.Select(span => (int)span.GetTagItem("millrace.attempt")!));
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], own.Select(span => span.Status));
        Assert.Equal("busy", own[0].StatusDescription);
        Assert.DoesNotContain(own, span => span.TagObjects.Any(tag => tag.Value?.ToString()?.Contains("123456", StringComparison.Ordinal) == true));
        Assert.Contains("busy", measured);
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == TelemetryStage.Name)
            listener.EnableMeasurementEvents(instrument);
    }

    private static string? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (key == name)
                return value?.ToString();
        }
        return null;
    }
}
