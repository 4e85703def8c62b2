using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Sandbox.Protocol;

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>
/// A process that runs calls of one language, one at a time, each apart from all others: JavaScript in a realm of its own, Python
/// in a fork of its own. A thread of this program talks with it.
/// </summary>
internal sealed class Interpreter : IDisposable
{
    private const int MaxFrameBytes = 10 * 1024 * 1024;
    private const int MaxOutputBytes = 1024 * 1024;
    private const int MaxWordsLength = 1_000;
    private const int StackBytes = 256 * 1024;
    private static readonly string[] OfMemory = ["ut of memory", "Cannot allocate memory", "OutOfMemory"];
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MaxSweep = TimeSpan.FromSeconds(2);

    private readonly FindCommand _find;
    private readonly Action<Interpreter, bool> _free;
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly StringBuilder _words = new();
    private readonly Lock _gate = new();
    private SandboxCommand? _command;
    private Process? _process;
    private Thread? _listener;
    private string? _refusal;
    private bool _isOver;

    private Interpreter(FindCommand find, Action<Interpreter, bool> free) => (_find, _free) = (find, free);

    /// <summary>Whether it can take no other call: its process has ended, or is being ended.</summary>
    public bool IsOver
    {
        get
        {
            lock (_gate)
                return _isOver || _process is { HasExited: true };
        }
    }

    /// <summary>Whether it has ever been able to take a call.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Starts one.</summary>
    /// <param name="find">Finds the program; it is asked on another thread.</param>
    /// <param name="free">Hears, on another thread, when it can take a call, and with false when it never will again.</param>
    public static Interpreter Start(FindCommand find, Action<Interpreter, bool> free)
    {
        var interpreter = new Interpreter(find, free);
        new Thread(interpreter.Serve, StackBytes) { IsBackground = true, Name = "sandbox" }.Start();
        return interpreter;
    }

    /// <summary>Makes a call.</summary>
    /// <param name="call">{code, memory, arguments} or {code, memory, data}, as JSON.</param>
    /// <param name="log">Hears each line that the code writes; nothing any more once this has ended.</param>
    /// <param name="cancellation">Ends the process, with all that it has started.</param>
    /// <returns>Its result; or a failure.</returns>
    public async Task<NodeOutcome> CallAsync(byte[] call, Action<string, string> log, CancellationToken cancellation)
    {
        var job = Add(call, log);
        try
        {
            return await job.Done.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            Kill(job);
            // What it has printed is still on its way; what it has left behind could hold the way open for ever.
            await Task.WhenAny(job.Done.Task, Task.Delay(MaxSweep, TimeProvider.System, CancellationToken.None));
            job.Close();
            throw;
        }
    }

    /// <summary>Makes a call and waits for it, without a need for any other thread.</summary>
    /// <param name="call">As in <see cref="CallAsync"/>.</param>
    /// <param name="patience">How long it may take, start included.</param>
    /// <returns>Its result; or a failure; null: it took longer, and the process is ended.</returns>
    public NodeOutcome? Call(byte[] call, TimeSpan patience)
    {
        var job = Add(call, (_, _) => { });
        if (job.Done.Task.Wait(patience))
            return job.Done.Task.Result;
        Kill(job);
        return null;
    }

    /// <summary>Ends it, with all that it has started.</summary>
    public void Dispose() => Kill();

    private Job Add(byte[] call, Action<string, string> log)
    {
        var job = new Job(call, log);
        if (!TryAdd(job))
            job.Done.TrySetResult(Ended());
        return job;
    }

    private bool TryAdd(Job job)
    {
        try
        {
            return _jobs.TryAdd(job);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
            return false;
        }
    }

    // Nothing may escape from this thread: it would end the whole program.
    private void Serve()
    {
        try
        {
            if (Begin(out var stream))
                TakeCalls(stream);
        }
        catch (Exception e)
        {
            _refusal = e.Message;
        }
        Kill();
        while (_jobs.TryTake(out var job))
            job.Done.TrySetResult(Ended());
        _process?.WaitForExit();
        _process?.Dispose();
    }

    private bool Begin(out FrameStream stream)
    {
        stream = null!;
        if (_find(out _refusal) is not { } command)
            return false;
        try
        {
            var process = Spawner.StartAsync(command.ToStart()).GetAwaiter().GetResult();
            bool isOver;
            lock (_gate)
            {
                (_command, _process) = (command, process);
                isOver = _isOver;
            }
            _listener = new Thread(ListenForWords, StackBytes) { IsBackground = true, Name = "sandbox words" };
            _listener.Start();
            if (isOver)
                KillProcess();
            stream = new FrameStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, MaxFrameBytes + 4096);
            var start = new Stage();
            using var patience = Limit(start, MaxStart);
            var isReady = Read(stream) is { } frame && frame["ready"].TryGetBool(out var ready) && ready;
            return HasStarted = End(start) && isReady;
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidDataException or JsonException or InvalidOperationException)
        {
            _refusal = e is Win32Exception ? e.Message : null;
            return false;
        }
    }

    private void TakeCalls(FrameStream stream)
    {
        _free(this, true);
        foreach (var job in _jobs.GetConsumingEnumerable())
        {
            if (!Take(job, stream) || !Sweep(stream))
                return;
            _free(this, true);
        }
    }

    // Whether it can take another call.
    private bool Take(Job job, FrameStream stream)
    {
        try
        {
            var outcome = Talk(stream, job, out var isLast);
            // From here on its caller cannot end what is the next one's.
            var goesOn = End(job) && !isLast && outcome is not null;
            job.Done.TrySetResult(outcome ?? Ended());
            return goesOn;
        }
        catch (Exception e)
        {
            job.Done.TrySetException(e);
            return false;
        }
    }

    // Null: it ended without a word of how.
    private static NodeOutcome? Talk(FrameStream stream, Job job, out bool isLast)
    {
        isLast = true;
        try
        {
            stream.Add(job.Call);
            stream.Flush();
            return Listen(stream, job, out isLast);
        }
        catch (InvalidDataException)
        {
            return Limited("result",
                $"The result of the code has more than {MaxFrameBytes / 1024 / 1024} MiB; store it with a storage node instead.");
        }
        catch (JsonException e)
        {
            return Limited("result", $"The runner of the code wrote invalid JSON: {ValueJson.Explain(e)}.");
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return null;
        }
    }

    private static NodeOutcome? Listen(FrameStream stream, Job job, out bool isLast)
    {
        var written = 0;
        isLast = true;
        while (Read(stream) is { } frame)
        {
            if (frame["log"].TryGetString(out var line))
            {
                if ((written += line.Length + 1) > MaxOutputBytes)
                    return Limited("output", $"The code wrote more than {MaxOutputBytes / 1024} KiB to its output; "
                        + "the rest was discarded, and the code was stopped.");
                job.Log(frame["level"].TryGetString(out var level) && level is "warn" ? "warn" : "info", line);
                continue;
            }
            isLast = frame["last"].TryGetBool(out var last) && last;
            if (frame.TryGetMap(out var map) && map.TryGet("result", out var result))
                return NodeOutcome.Completed(result);
            return frame["error"].TryGetMap(out var error) ? Raised(error) : Stopped(frame["ended"]);
        }
        return null;
    }

    // A word that the call could not know comes back once nothing of the call is left.
    private bool Sweep(FrameStream stream)
    {
        if (!_command!.IsSwept)
            return true;
        var word = Guid.NewGuid().ToString("N");
        var sweep = new Stage();
        try
        {
            using var patience = Limit(sweep, MaxSweep);
            stream.Add(Value.From(MapValue.Of("next", word)).ToUtf8());
            stream.Flush();
            while (Read(stream) is { } frame)
            {
                if (frame["idle"].TryGetString(out var answer) && string.Equals(answer, word, StringComparison.Ordinal))
                    return End(sweep);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or InvalidOperationException)
        {
            // What a call has left behind is ended with the process.
        }
        return false;
    }

    private static Value? Read(FrameStream stream) =>
        stream.Read() is { IsEmpty: false } frame ? ValueJson.Parse(frame.Span) : (Value?)null;

    private static NodeOutcome Raised(Value error)
    {
        var type = error["type"].TryGetString(out var name) ? name : "Error";
        var message = error["message"].TryGetString(out var text) && text.Length > 0 ? text : "no message";
        var at = error["line"].TryGetInt(out var line) ? string.Create(CultureInfo.InvariantCulture, $" in line {line}") : "";
        return NodeOutcome.Failed(new NodeError("code", $"The code failed{at}: {type}: {message}", Details: error));
    }

    private static NodeOutcome Stopped(Value how) =>
        Limited("ended", $"The code's process ended without a result: {(how.TryGetString(out var text) ? text : "it exited by itself")}.");

    private NodeOutcome Ended()
    {
        var words = LastWords();
        if (!HasStarted)
            return NotStarted(_refusal ?? (words.Length > 0 ? words : "it did not say why"));
        if (OfMemory.Any(sign => words.Contains(sign, StringComparison.Ordinal)))
            return Limited("MemoryError", "The code needed more memory than it may use; raise 'memoryMb' if it needs more.");
        if (words.Contains("Stack overflow", StringComparison.Ordinal))
            return Limited("RangeError", "The code failed: RangeError: its functions call each other too deeply.");
        return Limited("ended", "The code's process ended without a result: "
            + (words.Length > 0 ? words : "it exited by itself, or the limit of its memory stopped it."));
    }

    private static NodeOutcome NotStarted(string why) =>
        NodeOutcome.Failed("code", $"The interpreter did not start: {why}", retryable: true);

    private static NodeOutcome Limited(string type, string message) =>
        NodeOutcome.Failed(new NodeError("code", message, Details: MapValue.Of("type", type)));

    private string LastWords()
    {
        Kill();
        _listener?.Join(MaxSweep);
        lock (_words)
        {
            var words = _words.ToString().Trim();
            return words.Length > MaxWordsLength ? words[..MaxWordsLength] : words;
        }
    }

    // To its end, so that whoever writes is never held up; what is too much is not kept.
    private void ListenForWords()
    {
        var buffer = new byte[4096];
        try
        {
            for (int count; (count = _process!.StandardError.BaseStream.Read(buffer)) > 0;)
            {
                lock (_words)
                {
                    if (_words.Length < MaxWordsLength)
                        _words.Append(Encoding.UTF8.GetString(buffer, 0, count));
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It is being ended.
        }
    }

    private Timer Limit(Stage stage, TimeSpan most) => new(_ => Kill(stage), null, most, Timeout.InfiniteTimeSpan);

    // Whether it goes on after it.
    private bool End(Stage stage)
    {
        lock (_gate)
        {
            stage.IsOver = true;
            return !_isOver;
        }
    }

    // Only as long as a stage of its work goes on; without one: whatever it does.
    private void Kill(Stage? during = null)
    {
        lock (_gate)
        {
            if (_isOver || during is { IsOver: true })
                return;
            _isOver = true;
        }
        _jobs.CompleteAdding();
        KillProcess();
        _free(this, false);
    }

    private void KillProcess()
    {
        try
        {
            // With a sandbox around it: its first process takes all others along. JavaScript starts none.
            _process?.Kill(entireProcessTree: _command!.HasWalls || _command.IsSwept);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // It has ended already.
        }
    }

    /// <summary>Something that it does and that can end it.</summary>
    private class Stage
    {
        public bool IsOver { get; set; }
    }

    private sealed class Job(byte[] call, Action<string, string> log) : Stage
    {
        private readonly Lock _gate = new();
        private bool _isClosed;

        public byte[] Call => call;

        public TaskCompletionSource<NodeOutcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Log(string level, string line)
        {
            lock (_gate)
            {
                if (!_isClosed)
                    log(level, line);
            }
        }

        /// <summary>Nobody listens any more.</summary>
        public void Close()
        {
            lock (_gate)
                _isClosed = true;
        }
    }
}

/// <summary>Finds what starts an interpreter.</summary>
/// <param name="problem">Why there is nothing.</param>
/// <returns>Null: there is nothing.</returns>
internal delegate SandboxCommand? FindCommand(out string? problem);
