using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Workflows;
using Millrace.Simulation.Tests.Engine.Stores;
using Millrace.Testing.Scheduling;
using Millrace.Testing.Time;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>One life of the engine over the store of its world: all of it, the committer included, on the thread of the simulation.</summary>
internal sealed class SimulatedProcess
{
    private readonly SimulatedWorld _world;
    private readonly SeededScheduler _scheduler;
    private readonly MillraceEngine _engine;

    public SimulatedProcess(SimulatedWorld world, IStore store)
    {
        _world = world;
        Epoch = store.Ownership.Epoch;
        _scheduler = new SeededScheduler(world.Random);
        Time = new ProcessTime(world.Time, this);
        Store = new FailingStore(store, this, world.Random);
        _engine = MillraceEngine.Open(new EngineSetup
        {
            Store = Store,
            Nodes = SimulatedNodes.Registry,
            Time = Time,
            Ids = world.Ids,
            Scheduler = _scheduler,
            CommitScheduler = _scheduler,
            Options = world.Options,
            Budgets = world.Budgets,
            Blobs = world.Blobs?.Of(this, world.Random),
            Loggers = new TraceLoggers(world.Trace),
        });
        Post(Engine.Start);
    }

    public long Epoch { get; }

    public IStore Store { get; }

    public Committer Committer => _engine.Committer;

    public WorkflowEngine Engine => _engine.Executions;

    public WorkflowLibrary Workflows => _engine.Workflows;

    public ProcessTime Time { get; }

    public Trace Trace => _world.Trace;

    public SimulatedWorld World => _world;

    public Faults Faults => _world.Faults;

    public bool IsCrashed { get; private set; }

    /// <summary>Whether others may have taken over what it owned.</summary>
    public bool IsStale => _world.History.HasEnded(Epoch);

    /// <summary>Until when it stands still.</summary>
    public DateTimeOffset PausedUntil { get; set; }

    public bool CanRun => !IsCrashed && _scheduler.Count > 0 && PausedUntil <= _world.Time.GetUtcNow();

    /// <summary>Ends it as a power cut does: what it was about to do is never done.</summary>
    public void Crash()
    {
        if (IsCrashed)
            return;
        Trace.Note("crash of", "process", Epoch);
        IsCrashed = true;
        _scheduler.Close();
    }

    /// <summary>Ends it as an administrator does: what runs gets its time, and nothing is lost.</summary>
    public void Stop() => Post(async () =>
    {
        Trace.Note("stop of", "process", Epoch);
        try
        {
            await Engine.DisposeAsync();
        }
        finally
        {
            Crash();
        }
    });

    /// <summary>Declares another process dead, whether or not it is.</summary>
    public void Declare(SimulatedProcess other) => Post(async () =>
    {
        Trace.Note("declared dead", "process", other.Epoch);
        await Committer.CommitAsync(new EndEpoch(other.Epoch));
    });

    /// <summary>Does one piece of its work.</summary>
    public void RunOne()
    {
        try
        {
            _scheduler.RunOne();
        }
        catch (ProcessEndedException) when (IsCrashed)
        {
            // That is what a crash is.
        }
    }

    /// <summary>Has it do something in its turn.</summary>
    public void Post(Action work) => _scheduler.Schedule(work);

    /// <summary>Has it do something in its turn; only a failure of its store is expected.</summary>
    public void Post(Func<Task> work) => Post(() => { _ = GuardAsync(work); });

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (StoreException e)
        {
            Trace.Note("answered with a failure:", e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _world.Broke(e);
        }
    }
}

/// <summary>Time as one process sees it: its wall clock may be wrong, its timers are not.</summary>
internal sealed class ProcessTime(VirtualTime time, SimulatedProcess process) : TimeProvider
{
    /// <summary>How far its wall clock is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    public SimulatedProcess Process => process;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Ahead;

    public override long GetTimestamp() => time.GetTimestamp();

    // Timers fire in their turn, as on a thread pool, and never in a process that has ended.
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Action fire = process.World.Plant?.Timer(() => callback(state)) ?? (() => callback(state));
        return time.CreateTimer(_ => process.Post(fire), null, dueTime, period);
    }
}
