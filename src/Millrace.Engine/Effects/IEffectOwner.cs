using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Effects;

/// <summary>Whom an effect runs for.</summary>
internal interface IEffectOwner
{
    /// <summary>The execution that it belongs to.</summary>
    ExecutionIdentity Identity { get; }

    /// <summary>Whether that is a stored execution, which can have children, be called back, and keep results.</summary>
    bool IsStored { get; }

    /// <summary>The epoch that owns that execution; null: it is not stored.</summary>
    long? Epoch { get; }

    /// <summary>The settings of its workflow.</summary>
    WorkflowSettings Settings { get; }

    /// <summary>How many executions are around it.</summary>
    int Depth { get; }

    /// <summary>The execution whose id is in the idempotency keys of its effects.</summary>
    string KeyId { get; }

    /// <summary>
    /// Called when there is room for an effect that must not just run again after a crash: once it is durable that it leaves now, the owner
    /// says <see cref="RunningEffect.Leave"/>.
    /// </summary>
    void EffectAdmitted(RunningEffect effect);

    /// <summary>Called when a step of the attempt has ended: once that is durable, or nobody wants it any more, the owner says so to the recording.</summary>
    void StepEnded(StepRecording recording);

    /// <summary>Called when the attempt has ended, whichever way; its outcome is free of secrets.</summary>
    void EffectFinished(RunningEffect effect, NodeOutcome outcome);
}
