using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>A process of a language's runner, good for one call: no state of a call is ever there for another.</summary>
internal sealed class Interpreter : IDisposable
{
    private const int MaxFrameBytes = 10 * 1024 * 1024;
    private const int MaxOutputBytes = 1024 * 1024;
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly FrameReader _frames;
    private readonly Task<string> _errors;
    private readonly Task<bool> _ready;
    private int _isOver;

    private Interpreter(Process process)
    {
        _process = process;
        _frames = new FrameReader(process.StandardOutput.BaseStream, MaxFrameBytes);
        _errors = ReadErrorsAsync();
        _ready = ReadyAsync();
    }

    /// <summary>Starts an interpreter that waits for its call.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public static Interpreter Start(ImmutableArray<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        var path = start.Environment.TryGetValue("PATH", out var kept) ? kept : null;
        start.Environment.Clear();
        if (path is not null)
            start.Environment["PATH"] = path;
        InheritedDescriptors.Keep();
        return new Interpreter(Process.Start(start)!);
    }

    /// <summary>Whether it waits for its call, or will soon.</summary>
    public bool IsUsable => !_process.HasExited && (!_ready.IsCompleted || _ready is { IsCompletedSuccessfully: true, Result: true });

    /// <summary>Makes its one call.</summary>
    /// <param name="call">{code, arguments} or {code, data}.</param>
    /// <param name="log">Hears each line that the code writes.</param>
    /// <param name="cancellation">Ends the process, with all that it has started.</param>
    /// <returns>Its result; or a failure.</returns>
    public async Task<NodeOutcome> CallAsync(Value call, Action<string, string> log, CancellationToken cancellation)
    {
        using var ending = cancellation.UnsafeRegister(static interpreter => ((Interpreter)interpreter!).Kill(), this);
        try
        {
            if (!await _ready)
                return NodeOutcome.Failed("code", $"The interpreter did not start: {await LastWordsAsync()}", retryable: true);
            await SendAsync(call);
            if (await ListenAsync(log) is not { } outcome)
                return await EndedAsync();
            End();
            return outcome;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            cancellation.ThrowIfCancellationRequested();
            return await EndedAsync();
        }
        finally
        {
            cancellation.ThrowIfCancellationRequested();
            Kill();
        }
    }

    /// <summary>Ends it, with all that it has started.</summary>
    public void Dispose() => Kill();

    private async Task<bool> ReadyAsync()
    {
        try
        {
            return await _frames.NextAsync().WaitAsync(MaxStart) is { } frame && frame["ready"].TryGetBool(out var ready) && ready;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or TimeoutException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task SendAsync(Value call)
    {
        var input = _process.StandardInput.BaseStream;
        await input.WriteAsync(call.ToUtf8());
        await input.WriteAsync("\n"u8.ToArray());
        await input.FlushAsync();
    }

    // Null: it ended without a word of how.
    private async Task<NodeOutcome?> ListenAsync(Action<string, string> log)
    {
        var written = 0;
        try
        {
            while (await _frames.NextAsync() is { } frame)
            {
                if (frame["log"].TryGetString(out var line))
                {
                    if ((written += line.Length + 1) > MaxOutputBytes)
                        return Limited(
                            "output",
                            $"The code wrote more than {MaxOutputBytes / 1024} KiB to its output; the rest was discarded, and the code "
                                + "was stopped.");
                    log(frame["level"].TryGetString(out var level) && level is "warn" ? "warn" : "info", line);
                }
                else if (frame.TryGetMap(out var map) && map.TryGet("result", out var result))
                    return NodeOutcome.Completed(result);
                else if (frame["error"].TryGetMap(out var error))
                    return Raised(error);
            }
            return null;
        }
        catch (InvalidDataException)
        {
            return Limited(
                "result", $"The result of the code has more than {MaxFrameBytes / 1024 / 1024} MiB; store it with a storage node instead.");
        }
        catch (JsonException e)
        {
            return Limited("result", $"The runner of the code wrote invalid JSON: {ValueJson.Explain(e)}.");
        }
    }

    private static NodeOutcome Raised(Value error)
    {
        var type = error["type"].TryGetString(out var name) ? name : "Error";
        var message = error["message"].TryGetString(out var text) && text.Length > 0 ? text : "no message";
        var at = error["line"].TryGetInt(out var line) ? $" in line {line}" : "";
        return NodeOutcome.Failed(new NodeError("code", $"The code failed{at}: {type}: {message}", Details: error));
    }

    private async Task<NodeOutcome> EndedAsync()
    {
        var words = await LastWordsAsync();
        if (words.Contains("heap out of memory", StringComparison.Ordinal)
            || words.Contains("Cannot allocate memory", StringComparison.Ordinal))
            return Limited("MemoryError", "The code needed more memory than it may use; raise 'memoryMb' if it needs more.");
        return Limited(
            "ended",
            words.Length > 0
                ? $"The code's process ended without a result: {words}"
                : "The code's process ended without a result: it exited by itself, or a limit of its processor time or memory stopped it.");
    }

    private static NodeOutcome Limited(string type, string message) =>
        NodeOutcome.Failed(new NodeError("code", message, Details: MapValue.Of("type", type)));

    private async Task<string> LastWordsAsync()
    {
        Kill();
        var words = (await _errors).Trim();
        return words.Length > 1_000 ? words[..1_000] : words;
    }

    // Read to its end, so that whoever writes is never held up; what is too much is not kept.
    private async Task<string> ReadErrorsAsync()
    {
        var kept = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            for (int count; (count = await _process.StandardError.BaseStream.ReadAsync(buffer)) > 0;)
            {
                if (kept.Length < 64 * 1024)
                    kept.Write(buffer, 0, count);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It is being ended.
        }
        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    // It has said all that it will, and ends by itself, all others in its sandbox with it. To find and kill a whole tree takes longer than
    // most calls.
    private void End()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _ = EndGracefullyAsync();
    }

    private async Task EndGracefullyAsync()
    {
        using var patience = new CancellationTokenSource(MaxEnd);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            KillTree();
        }
        await ForgetAsync();
    }

    private void Kill()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
            return;
        KillTree();
        _ = ForgetAsync();
    }

    private void KillTree()
    {
        try
        {
            // The first process of the sandbox with it: that one takes all others along, and its parent sees it off.
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended already.
        }
    }

    private async Task ForgetAsync()
    {
        await _process.WaitForExitAsync();
        await _errors;
        _process.Dispose();
    }
}
