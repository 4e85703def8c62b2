using System.Threading.Channels;
using Millrace.Engine.Runtime;

namespace Millrace.Testing.Workflows.Running;

/// <summary>
/// Runs all work of an engine one piece after the other, in the order in which it comes: the same test takes the same course every time. What an
/// <c>await</c> leaves for later comes here as well.
/// </summary>
internal sealed class TestLoop : EngineScheduler
{
    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new UnboundedChannelOptions { SingleReader = true });
    private readonly LoopContext _context;

    public TestLoop() => _context = new LoopContext(this);

    public override void Schedule(IThreadPoolWorkItem work) => _work.Writer.TryWrite(new Work(work, null, null));

    /// <summary>Runs something in its turn.</summary>
    public void Post(Action work) => _context.Post(static action => ((Action)action!)(), work);

    /// <summary>Runs one piece of work. False: there is none.</summary>
    public bool RunOne()
    {
        if (!_work.Reader.TryRead(out var work))
            return false;
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            work.Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
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

    private readonly record struct Work(IThreadPoolWorkItem? Item, SendOrPostCallback? Callback, object? State)
    {
        public void Run()
        {
            if (Item is not null)
                Item.Execute();
            else
                Callback!(State);
        }
    }

    private sealed class LoopContext(TestLoop loop) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => loop._work.Writer.TryWrite(new Work(null, d, state));

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Work is only posted to the loop of a test: there is no other thread to wait on.");

        public override SynchronizationContext CreateCopy() => this;
    }
}
