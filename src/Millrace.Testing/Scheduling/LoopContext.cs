namespace Millrace.Testing.Scheduling;

/// <summary>A piece of work for a loop: the engine's, or what an <c>await</c> has left for later.</summary>
internal readonly record struct LoopWork(IThreadPoolWorkItem? Item, SendOrPostCallback? Callback, object? State)
{
    /// <summary>Wraps a work item of the engine.</summary>
    public static LoopWork Of(IThreadPoolWorkItem item) => new(item, null, null);

    /// <summary>Wraps an action.</summary>
    public static LoopWork Of(Action work) => new(null, static action => ((Action)action!)(), work);

    public void Run()
    {
        if (Item is not null)
            Item.Execute();
        else
            Callback!(State);
    }
}

/// <summary>The context in which the work of a loop runs, so that what an <c>await</c> leaves for later comes to the loop as well.</summary>
/// <param name="add">Takes work in.</param>
internal sealed class LoopContext(Action<LoopWork> add) : SynchronizationContext
{
    /// <summary>Runs a piece of work here.</summary>
    public void Run(LoopWork work)
    {
        var outside = Current;
        SetSynchronizationContext(this);
        try
        {
            work.Run();
        }
        finally
        {
            SetSynchronizationContext(outside);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) => add(new LoopWork(null, d, state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Work can only be posted to a loop: there is no other thread to wait for.");

    public override SynchronizationContext CreateCopy() => this;
}
