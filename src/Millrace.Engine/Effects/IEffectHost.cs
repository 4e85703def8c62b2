using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Blobs;
using Millrace.Engine.Caching;
using Millrace.Engine.Events;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Effects;

/// <summary>What stands behind an attempt's <see cref="EffectContext"/>: the engine, or nothing.</summary>
internal interface IEffectHost
{
    /// <summary>The execution whose id is in the idempotency key: for a retry, the one that is retried.</summary>
    string KeyId { get; }

    /// <summary>How many executions are around the attempt's: its parent, that one's parent, and so on.</summary>
    int Depth { get; }

    /// <summary>The secrets of the execution's tenant.</summary>
    TenantSecrets Secrets { get; }

    /// <summary>Starts executions; null where the effect belongs to none that is stored.</summary>
    IChildStarter? Children { get; }

    /// <summary>Results that are kept; null where the effect belongs to no execution that is stored.</summary>
    ResultCache? Cache { get; }

    /// <summary>Publishes events; null: there is nowhere to publish to.</summary>
    EventPublisher? Publisher { get; }

    /// <summary>Where files lie; null: nowhere.</summary>
    IBlobStore? Blobs { get; }

    /// <summary>See <see cref="EffectContext.CallbackUrl"/>.</summary>
    string? CallbackUrl { get; }

    /// <summary>Tells the attempt to end.</summary>
    CancellationToken Cancellation { get; }

    /// <summary>A step that is recorded; null: none of that number is.</summary>
    StepRecord? FindStep(int number);

    /// <summary>Records a step. What it gives is durable, and free of secrets.</summary>
    /// <param name="step">The step.</param>
    /// <param name="duration">How long it took, in milliseconds.</param>
    /// <param name="usage">What it spent on models.</param>
    /// <exception cref="OperationCanceledException">The attempt is not wanted any more; the step may be recorded or not.</exception>
    ValueTask<StepRecord> RecordStepAsync(StepRecord step, long duration, Spending usage);

    /// <summary>A step without secrets.</summary>
    StepRecord Redact(StepRecord step);

    /// <summary>The attempt fails with this error, whatever its code goes on to do.</summary>
    void Break(NodeError error);

    /// <summary>Waits without taking up room or time.</summary>
    Task WaitAsideAsync(Task admitted);

    /// <summary>Shows a piece of the result.</summary>
    void Token(string text);
}

/// <summary>An attempt that runs without an engine.</summary>
internal sealed class NoHost(string executionId) : IEffectHost
{
    public string KeyId => executionId;

    public int Depth => 0;

    public TenantSecrets Secrets { get; init; } = TenantSecrets.None;

    public IBlobStore? Blobs { get; init; }

    /// <summary>Hears pieces of the result; null: nobody does.</summary>
    public Action<string>? OnToken { get; init; }

    IChildStarter? IEffectHost.Children => null;

    ResultCache? IEffectHost.Cache => null;

    EventPublisher? IEffectHost.Publisher => null;

    string? IEffectHost.CallbackUrl => null;

    CancellationToken IEffectHost.Cancellation => CancellationToken.None;

    StepRecord? IEffectHost.FindStep(int number) => null;

    ValueTask<StepRecord> IEffectHost.RecordStepAsync(StepRecord step, long duration, Spending usage) => new(step);

    StepRecord IEffectHost.Redact(StepRecord step) => step;

    void IEffectHost.Break(NodeError error)
    {
        // Its code hears of it as an exception, and nothing goes on after it.
    }

    Task IEffectHost.WaitAsideAsync(Task admitted) => admitted;

    void IEffectHost.Token(string text) => OnToken?.Invoke(text);
}
