using System.Threading.Channels;
using Millrace.Engine.Runtime;
using Millrace.Testing.Scheduling;

namespace Millrace.Testing.Workflows.Running;

/// <summary>
/// Runs all work of an engine one piece after the other, in the order in which it comes: the same test takes the same course every time.
/// What an
/// <c>await</c> leaves for later comes here as well.
/// </summary>
internal sealed class TestLoop : EngineScheduler
{
    private readonly Channel<LoopWork> _work = Channel.CreateUnbounded<LoopWork>(new UnboundedChannelOptions { SingleReader = true });
    private readonly LoopContext _context;

    public TestLoop() => _context = new LoopContext(Add);

    public override void Schedule(IThreadPoolWorkItem work) => Add(LoopWork.Of(work));

    /// <summary>Runs something in its turn.</summary>
    public void Post(Action work) => Add(LoopWork.Of(work));

    /// <summary>Runs one piece of work. False: there is none.</summary>
    public bool RunOne()
    {
        if (!_work.Reader.TryRead(out var work))
            return false;
        _context.Run(work);
        return true;
    }

    /// <summary>Begins something away from any loop: it may block, and what it leaves for later it leaves to other threads.</summary>
    public static T Outside<T>(Func<T> begin)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return begin();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Ends when there is work that came from elsewhere.</summary>
    public Task WhenWorkAsync(CancellationToken cancellation) => _work.Reader.WaitToReadAsync(cancellation).AsTask();

    private void Add(LoopWork work) => _work.Writer.TryWrite(work);
}
