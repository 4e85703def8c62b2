using System.Collections.Concurrent;
using System.Diagnostics;

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>
/// Starts processes, all from one thread that lives as long as this program: on Linux a process that is to end with its parent
/// ends with the thread that started it.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Asked = [];
    private static readonly Lazy<Thread> Runner = new(StartThread);

    /// <summary>Starts a process.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        _ = Runner.Value;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Asked.Add((start, started));
        return started.Task;
    }

    private static Thread StartThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "sandbox starter" };
        thread.Start();
        return thread;
    }

    private static void Run()
    {
        foreach (var (start, started) in Asked.GetConsumingEnumerable())
        {
            try
            {
                InheritedDescriptors.Keep();
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        }
    }
}
