using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>A bug that is planted into what is around the engine, to prove that the simulation finds it.</summary>
internal abstract class PlantedBug
{
    /// <summary>A store with the bug in it.</summary>
    public virtual IStore Store(IStore store) => store;

    /// <summary>A scheduler with the bug in it.</summary>
    public virtual EngineScheduler Scheduler(EngineScheduler scheduler) => scheduler;

    /// <summary>What a timer does that has the bug in it.</summary>
    public virtual Action Timer(Action fire) => fire;
}
