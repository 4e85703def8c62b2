using Microsoft.Extensions.Logging;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Work that is done again and again in the background. Whatever fails is logged, and tried again after a growing pause: nothing but its
/// disposal ends it.
/// </summary>
internal sealed class BackgroundLoop : IAsyncDisposable
{
    private readonly string _name;
    private readonly Func<CancellationToken, Task> _work;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    // And no task of its own: what begins in a timer's callback stays with the scheduler of whoever made the clock.
    private readonly ITimer _timer;
    private Task _running = Task.CompletedTask;

    /// <summary>Begins; the work is done for the first time after one interval.</summary>
    /// <param name="name">What is done, for the log, such as "A sweep".</param>
    /// <param name="work">Does it once; told to end when the loop is disposed.</param>
    /// <param name="interval">The time from its end to its next beginning.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of failures.</param>
    public BackgroundLoop(string name, Func<CancellationToken, Task> work, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        (_name, _work, _interval, _logger) = (name, work, interval, logger);
        _backoff = new Backoff(interval < Backoff.Most ? interval : Backoff.Most);
        // Armed only when it is known: its callback uses it.
        _timer = time.CreateTimer(
            static state => ((BackgroundLoop)state!).Begin(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tells the work to end, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_gate)
        {
            _stopping.Cancel();
            _timer.Dispose();
            running = _running;
        }
        await running;
    }

    private void Begin()
    {
        var done = new TaskCompletionSource();
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return;
            _running = done.Task;
        }
        _ = RunAsync(done);
    }

    private async Task RunAsync(TaskCompletionSource done)
    {
        var pause = await TryAsync();
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested)
                _timer.Change(pause, Timeout.InfiniteTimeSpan);
        }
        done.SetResult();
    }

    // How long to wait until the next time.
    private async Task<TimeSpan> TryAsync()
    {
        try
        {
            await _work(_stopping.Token);
            _backoff.Reset();
            return _interval;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return _interval;
        }
        catch (Exception e)
        {
            var pause = _backoff.Next();
            _logger.LogError(e, "{Name} failed; the next one is in {Pause}", _name, pause);
            return pause;
        }
    }
}
