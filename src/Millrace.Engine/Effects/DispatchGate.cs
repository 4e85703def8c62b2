using Millrace.Core.Definitions;

namespace Millrace.Engine.Effects;

/// <summary>
/// What stands between having room and running. An effect that must not just run again after a crash passes it once: either that it leaves is
/// recorded, and it runs, or it will never leave, and gives its room back.
/// </summary>
internal struct DispatchGate
{
    private const int Asked = 1;
    private const int Passed = 2;

    private int _standing;

    /// <summary>Whether an effect may leave for the world only once that is recorded.</summary>
    public static bool Guards(RunningEffect effect) => effect.Start.Node.Definition.InDoubt is InDoubtPolicy.Ask or InDoubtPolicy.Fail;

    /// <summary>The effect has room, and asks to leave.</summary>
    public void Ask() => Volatile.Write(ref _standing, Asked);

    /// <summary>Whether this is the one time that it passes. False: it has passed already, or has not asked.</summary>
    public bool TryPass() => Interlocked.CompareExchange(ref _standing, Passed, Asked) == Asked;
}
