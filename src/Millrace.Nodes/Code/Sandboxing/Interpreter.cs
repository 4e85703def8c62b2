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
/// in a fork of its
/// own. A thread of this program talks with it.
/// </summary>
internal sealed class Interpreter : IDisposable
{
    private const int MaxFrameBytes = 10 * 1024 * 1024;
    private const int MaxOutputBytes = 1024 * 1024;
    private const int MaxWordsLength = 1_000;
    private const int StackBytes = 256 * 1024;
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MaxSweep = TimeSpan.FromSeconds(2);

    private readonly SandboxCommand _command;
    private readonly Action<Interpreter, bool> _free;
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly StringBuilder _words = new();
    private readonly Lock _gate = new();
    private Process? _process;
    private Thread? _listener;
    private string? _refusal;
    private bool _isOver;

    private Interpreter(SandboxCommand command, Action<Interpreter, bool> free) => (_command, _free) = (command, free);

    /// <summary>It has not been offered yet; whoever pools it keeps this.</summary>
    public bool IsNew { get; set; } = true;

    /// <summary>It counts as one of its pool; whoever pools it keeps this.</summary>
    public bool IsCounted { get; set; } = true;

    /// <summary>Whether its process is still there.</summary>
    public bool IsUsable => _process is { HasExited: false };

    /// <summary>Whether it has ever been able to take a call.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Starts one.</summary>
    /// <param name="command">The program.</param>
    /// <param name="free">Hears, on another thread, when it can take a call, and with false when it never will again.</param>
    public static Interpreter Start(SandboxCommand command, Action<Interpreter, bool> free)
    {
        var interpreter = new Interpreter(command, free);
        new Thread(interpreter.Serve, StackBytes) { IsBackground = true, Name = "sandbox" }.Start();
        return interpreter;
    }

    /// <summary>Makes a call.</summary>
    /// <param name="call">{code, arguments} or {code, data}.</param>
    /// <param name="log">Hears each line that the code writes.</param>
    /// <param name="cancellation">Ends the process, with all that it has started.</param>
    /// <returns>Its result; or a failure.</returns>
    public async Task<NodeOutcome> CallAsync(Value call, Action<string, string> log, CancellationToken cancellation)
    {
        var job = new Job(call.ToUtf8(), log);
        using var ending = cancellation.UnsafeRegister(static interpreter => ((Interpreter)interpreter!).Kill(), this);
        if (!TryAdd(job))
            job.Done.TrySetResult(Ended());
        var outcome = await job.Done.Task;
        cancellation.ThrowIfCancellationRequested();
        return outcome;
    }

    /// <summary>Ends it, with all that it has started.</summary>
    public void Dispose() => Kill();

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

    private void Serve()
    {
        if (!Begin(out var stream))
        {
            Finish();
            return;
        }
        HasStarted = true;
        _free(this, true);
        foreach (var job in _jobs.GetConsumingEnumerable())
        {
            var outcome = Talk(stream, job, out var isOver);
            job.Done.TrySetResult(outcome ?? Ended());
            if (isOver || outcome is null || !Sweep(stream))
                break;
            _free(this, true);
        }
        Finish();
    }

    // All calls that come to it from now on are told so.
    private void Finish()
    {
        Kill();
        while (_jobs.TryTake(out var job))
            job.Done.TrySetResult(Ended());
        _process?.WaitForExit();
        _process?.Dispose();
        _free(this, false);
    }

    private bool Begin(out FrameStream stream)
    {
        stream = null!;
        try
        {
            var process = Spawner.StartAsync(_command.ToStart()).GetAwaiter().GetResult();
            lock (_gate)
                _process = process;
            if (_isOver)
                process.Kill();
            _listener = new Thread(ListenForWords, StackBytes) { IsBackground = true, Name = "sandbox words" };
            _listener.Start();
            stream = new FrameStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, MaxFrameBytes + 4096);
            using var patience = new Timer(static interpreter => ((Interpreter)interpreter!).Kill(), this, MaxStart,
                Timeout.InfiniteTimeSpan);
            return Read(stream) is { } frame && frame["ready"].TryGetBool(out var ready) && ready;
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidDataException or JsonException or InvalidOperationException)
        {
            _refusal = e is Win32Exception ? e.Message : null;
            return false;
        }
    }

    // Null: it ended without a word of how.
    private static NodeOutcome? Talk(FrameStream stream, Job job, out bool isOver)
    {
        isOver = true;
        try
        {
            stream.Add(job.Call);
            stream.Flush();
            return Listen(stream, job.Log, out isOver);
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
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return null;
        }
    }

    private static NodeOutcome? Listen(FrameStream stream, Action<string, string> log, out bool isOver)
    {
        var written = 0;
        isOver = true;
        while (Read(stream) is { } frame)
        {
            if (frame["log"].TryGetString(out var line))
            {
                if ((written += line.Length + 1) > MaxOutputBytes)
                    return Limited("output",
                        $"The code wrote more than {MaxOutputBytes / 1024} KiB to its output; the rest was discarded, and the code was stopped.");
                log(frame["level"].TryGetString(out var level) && level is "warn" ? "warn" : "info", line);
                continue;
            }
            isOver = frame["last"].TryGetBool(out var last) && last;
            if (frame.TryGetMap(out var map) && map.TryGet("result", out var result))
                return NodeOutcome.Completed(result);
            return frame["error"].TryGetMap(out var error) ? Raised(error) : Stopped(frame["ended"]);
        }
        return null;
    }

    // A word that the call could not know comes back once nothing of the call is left.
    private bool Sweep(FrameStream stream)
    {
        if (!_command.IsSwept)
            return true;
        var word = Guid.NewGuid().ToString("N");
        try
        {
            using var patience = new Timer(static interpreter => ((Interpreter)interpreter!).Kill(), this, MaxSweep,
                Timeout.InfiniteTimeSpan);
            stream.Add(Value.From(MapValue.Of("next", word)).ToUtf8());
            stream.Flush();
            while (Read(stream) is { } frame)
            {
                if (frame["idle"].TryGetString(out var answer) && string.Equals(answer, word, StringComparison.Ordinal))
                    return true;
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or ObjectDisposedException or InvalidOperationException)
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
            return NodeOutcome.Failed("code", $"The interpreter did not start: {_refusal ?? words}", retryable: true);
        if (words.Contains("ut of memory", StringComparison.Ordinal)
            || words.Contains("Cannot allocate memory", StringComparison.Ordinal)
                || words.Contains("OutOfMemory", StringComparison.Ordinal))
            return Limited("MemoryError", "The code needed more memory than it may use; raise 'memoryMb' if it needs more.");
        if (words.Contains("Stack overflow", StringComparison.Ordinal))
            return Limited("RangeError", "The code failed: RangeError: its functions call each other too deeply.");
        return Limited("ended", words.Length > 0
            ? $"The code's process ended without a result: {words}"
                : "The code's process ended without a result: it exited by itself, or the limit of its memory stopped it.");
    }

    private static NodeOutcome Limited(string type, string message) =>
        NodeOutcome.Failed(new NodeError("code", message, Details: MapValue.Of("type", type)));

    private string LastWords()
    {
        Kill();
        _listener?.Join();
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
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It is being ended.
        }
    }

    private void Kill()
    {
        lock (_gate)
        {
            if (_isOver)
                return;
            _isOver = true;
        }
        _jobs.CompleteAdding();
        try
        {
            // With a sandbox around it: its first process takes all others along. JavaScript starts none.
            _process?.Kill(entireProcessTree: _command.HasWalls || _command.IsSwept);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // It has ended already.
        }
    }

    private sealed record Job(byte[] Call, Action<string, string> Log)
    {
        public TaskCompletionSource<NodeOutcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
