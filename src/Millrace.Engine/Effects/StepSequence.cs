using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Engine.Effects;

/// <summary>The steps of one run of a node's code, numbered as they begin. What is recorded under a number is given back instead of running.</summary>
internal sealed class StepSequence(EffectContext context)
{
    private static readonly AsyncLocal<string?> Inside = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _timesBegun = new(StringComparer.Ordinal);
    private int _begun;

    private IEffectHost Host => context.Host;

    public async ValueTask<T> RunAsync<T>(string name, Func<EffectStep, CancellationToken, ValueTask<T>> run, CancellationToken cancellation)
    {
        var step = Begin(name);
        Host.Cancellation.ThrowIfCancellationRequested();
        cancellation.ThrowIfCancellationRequested();
        if (Host.FindStep(step.Number) is { } known)
            return ResultOf<T>(step, known);
        var begun = context.Time.GetTimestamp();
        var record = Host.Redact(await MakeAsync(step, run, cancellation));
        Check(record);
        var duration = (long)context.Time.GetElapsedTime(begun).TotalMilliseconds;
        return ResultOf<T>(step, await Host.RecordStepAsync(record, duration, step.Usage));
    }

    private EffectStep Begin(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > StepRecord.MaxNameLength)
            throw Broken(NodeError.StepLimit, $"The name of a step may have at most {StepRecord.MaxNameLength} characters; '{name[..40]}...' has {name.Length}.");
        if (Inside.Value is { } outer)
            throw new InvalidOperationException($"Step '{name}' of node '{context.NodeId}' starts inside step '{outer}'. Steps cannot be nested: start it after the other has ended.");
        lock (_gate)
        {
            if (_begun == StepRecord.MaxSteps)
                throw Broken(NodeError.StepLimit, $"Node '{context.NodeId}' has more than {StepRecord.MaxSteps:N0} steps. Divide its work among several nodes, or items of a forEach.");
            _timesBegun[name] = _timesBegun.GetValueOrDefault(name) + 1;
            return new EffectStep(++_begun, name, $"{context.IdempotencyKey}:{name}:{_timesBegun[name]}");
        }
    }

    private static async ValueTask<StepRecord> MakeAsync<T>(EffectStep step, Func<EffectStep, CancellationToken, ValueTask<T>> run, CancellationToken cancellation)
    {
        Inside.Value = step.Name;
        try
        {
            return new StepRecord(step.Number, step.Name, ValueOf(await run(step, cancellation)));
        }
        // What may go well the next time is not recorded: it ends the attempt, and the next one runs the step again.
        catch (StepFailedException e) when (!e.Error.Retryable)
        {
            return new StepRecord(step.Number, step.Name, Value.Null, e.Error);
        }
    }

    private void Check(StepRecord record)
    {
        if (record.Output.ToUtf8().Length > StepRecord.MaxOutputBytes)
            throw Broken(
                NodeError.StepLimit,
                $"Step '{record.Name}' of node '{context.NodeId}' returned more than {StepRecord.MaxOutputBytes / (1024 * 1024)} MB of "
                    + "JSON. Store it as a file, and return the file from the step.");
    }

    // Also what has just run is read back: the first run goes on with exactly what a later one is given.
    private T ResultOf<T>(EffectStep step, StepRecord record)
    {
        if (!string.Equals(record.Name, step.Name, StringComparison.Ordinal))
            throw Mismatch(step, $"was '{record.Name}' in an earlier attempt");
        if (record.Error is { } error)
            throw new StepFailedException(error);
        if (typeof(T) == typeof(Value))
            return (T)(object)record.Output;
        try
        {
            return JsonSerializer.Deserialize<T>(record.Output.ToUtf8(), ConfigBinder.Options)!;
        }
        catch (JsonException e)
        {
            throw Mismatch(step, $"returned a value that does not fit '{typeof(T).Name}': {e.Message}");
        }
    }

    private StepFailedException Mismatch(EffectStep step, string what) => Broken(NodeError.StepMismatch,
        $"Step {step.Number} of node '{context.NodeId}' is '{step.Name}', but {what}. The code of its node type has changed, or does not always start its steps in the same order.");

    private StepFailedException Broken(string type, string message)
    {
        var error = new NodeError(type, message);
        Host.Break(error);
        return new StepFailedException(error);
    }

    private static Value ValueOf<T>(T result) => result is Value value ? value : ValueJson.Parse(JsonSerializer.SerializeToUtf8Bytes(result, ConfigBinder.Options));
}
