namespace Millrace.Engine.Runtime;

/// <summary>Where work runs. The engine never starts a thread or a task by itself, so that a simulator can run all of it on one thread.</summary>
public abstract class EngineScheduler
{
    /// <summary>Runs a piece of work soon.</summary>
    public abstract void Schedule(IThreadPoolWorkItem work);
}

/// <summary>Runs work on the thread pool.</summary>
public sealed class ThreadPoolScheduler : EngineScheduler
{
    /// <summary>The shared instance.</summary>
    public static readonly ThreadPoolScheduler Instance = new();

    /// <inheritdoc/>
    public override void Schedule(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
}

/// <summary>Runs work one after the other on a thread of its own: for the committer, which blocks on the disk.</summary>
public sealed class DedicatedThreadScheduler : EngineScheduler, IDisposable
{
    private readonly System.Collections.Concurrent.BlockingCollection<IThreadPoolWorkItem> _work = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread that runs the work.</summary>
    public DedicatedThreadScheduler(string name)
    {
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public override void Schedule(IThreadPoolWorkItem work)
    {
        try
        {
            _work.Add(work);
        }
        catch (InvalidOperationException)
        {
            // The thread has ended. What comes now is told so by the work itself, on the thread of whoever brought it.
            work.Execute();
        }
    }

    /// <summary>Ends the thread once its work is done.</summary>
    public void Dispose()
    {
        if (!_thread.IsAlive)
            return;
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var work in _work.GetConsumingEnumerable())
            work.Execute();
    }
}
