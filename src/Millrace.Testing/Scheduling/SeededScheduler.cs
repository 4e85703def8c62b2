using Millrace.Engine.Runtime;

namespace Millrace.Testing.Scheduling;

/// <summary>
/// Runs all work of an engine on one thread, one piece at a time, in an order drawn from a seed. What an <c>await</c> leaves for later comes
/// here as well, through <see cref="Context"/>. The same seed and the same work give the same order.
/// </summary>
/// <param name="random">Draws the order.</param>
internal sealed class SeededScheduler(Random random) : EngineScheduler
{
    private readonly List<LoopWork> _work = [];
    private LoopContext? _context;
    private bool _isClosed;

    /// <summary>How many pieces wait to be run.</summary>
    public int Count => _work.Count;

    /// <summary>The context in which code must begin that is to be resumed here.</summary>
    public SynchronizationContext Context => Loop;

    /// <inheritdoc/>
    public override void Schedule(IThreadPoolWorkItem work) => Add(LoopWork.Of(work));

    /// <summary>Runs a piece of work later, in its turn.</summary>
    public void Schedule(Action work) => Add(LoopWork.Of(work));

    /// <summary>Runs one piece of work, drawn from all that wait. False: there is none.</summary>
    public bool RunOne()
    {
        if (_work.Count == 0)
            return false;
        var index = _work.Count == 1 ? 0 : random.Next(_work.Count);
        var work = _work[index];
        _work[index] = _work[^1];
        _work.RemoveAt(_work.Count - 1);
        Loop.Run(work);
        return true;
    }

    /// <summary>Runs until nothing is left to run.</summary>
    public void RunAll()
    {
        while (RunOne())
        {
        }
    }

    /// <summary>Drops what waits, and whatever comes later, as the end of a process does.</summary>
    public void Close()
    {
        _isClosed = true;
        _work.Clear();
    }

    private LoopContext Loop => _context ??= new LoopContext(Add);

    private void Add(LoopWork work)
    {
        if (!_isClosed)
            _work.Add(work);
    }
}
