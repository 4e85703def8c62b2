using System.Security.Cryptography;
using System.Text;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Code.Sandboxing;

namespace Millrace.Nodes.Code.Languages;

/// <summary>
/// What the machine's own Python says of a code without running it: asked in a process of its own, so that no call is waited for.
/// </summary>
/// <param name="find">Finds the interpreter.</param>
/// <param name="time">The clock.</param>
/// <param name="patience">How long a check may take; waiting for the one before is as long at most.</param>
internal sealed class PythonSyntax(FindCommand find, TimeProvider time, TimeSpan patience) : IDisposable
{
    // Whoever corrects a workflow saves it again and again.
    private const int MaxKnown = 1_000;

    // A document can be full of codes that take long, and so can the next one: others are not to wait for them.
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>How long a check may usually take.</summary>
    internal static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, CodeProblem?> _known = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private Interpreter? _interpreter;
    private ITimer? _timer;
    private DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;

    /// <summary>What is wrong with a code; null: nothing, or it did not say in time.</summary>
    public CodeProblem? Check(string code)
    {
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
        if (!_gate.TryEnter(patience))
            return null;
        try
        {
            return _known.TryGetValue(key, out var known) ? known : AskOnce(key, code);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _interpreter?.Dispose();
        }
    }

    private CodeProblem? AskOnce(string key, string code)
    {
        if (time.GetUtcNow() < _pausedUntil)
            return null;
        var outcome = Ask(code);
        if (outcome is { Error: not null })
            return null;
        if (_known.Count >= MaxKnown)
            _known.Clear();
        if (outcome is not null)
            return _known[key] = ProblemOf(outcome.Output);
        // It would take as long again.
        _pausedUntil = time.GetUtcNow() + Pause;
        return _known[key] = null;
    }

    // Null: it took too long.
    private NodeOutcome? Ask(string code)
    {
        if (_interpreter is not { IsOver: false })
            _interpreter = Interpreter.Start(find, (_, _) => { });
        _timer ??= time.CreateTimer(static syntax => ((PythonSyntax)syntax!).Rest(), this, InterpreterPool.MaxIdle, Timeout.InfiniteTimeSpan);
        _timer.Change(InterpreterPool.MaxIdle, Timeout.InfiniteTimeSpan);
        var call = MapValue.Of(("code", code), ("check", true), ("memory", CodeRuntime.UsualMebibytes));
        return _interpreter.Call(((Value)call).ToUtf8(), patience);
    }

    private static CodeProblem? ProblemOf(Value answer)
    {
        if (answer.IsNull)
            return null;
        if (!answer["message"].TryGetString(out var message))
            return CodeProblem.NoProcess;
        answer["line"].TryGetInt(out var line);
        answer["column"].TryGetInt(out var column);
        return CodeProblem.Syntax(message, line, column);
    }

    private void Rest()
    {
        lock (_gate)
            _interpreter?.Dispose();
    }
}
