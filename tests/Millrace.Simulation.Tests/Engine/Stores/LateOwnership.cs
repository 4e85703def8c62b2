using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Stores;

/// <summary>Who a process is. That it was declared dead it hears in its turn, or never.</summary>
internal sealed class LateOwnership : IOwnership
{
    private readonly IOwnership _inner;
    private readonly CancellationTokenSource _lost = new();

    public LateOwnership(IOwnership inner, SimulatedProcess process, Random random)
    {
        _inner = inner;
        if (inner.IsShared && random.Next(2) == 0)
            inner.Lost.UnsafeRegister(_ => process.Post(_lost.Cancel), null);
    }

    public string NodeId => _inner.NodeId;

    public long Epoch => _inner.Epoch;

    public bool IsShared => _inner.IsShared;

    public CancellationToken Lost => _lost.Token;
}
