using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Stores;

/// <summary>Hints as one process gets them: in its turn, and often not at all.</summary>
internal sealed class LossyChanges(IChanges inner, SimulatedProcess process, Random random) : IChanges
{
    // Some processes hear of everything, some of nothing.
    private readonly double _loss = random.Next(3) / 2.0;

    public IDisposable Listen(ChangeKind kind, Action<Change> listener) => inner.Listen(kind, change =>
    {
        if (random.NextDouble() >= _loss)
            process.Post(() => listener(change));
    });
}
