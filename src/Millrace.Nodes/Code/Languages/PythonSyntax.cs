using System.Security.Cryptography;
using System.Text;
using Millrace.Core.Values;
using Millrace.Nodes.Code.Sandboxing;

namespace Millrace.Nodes.Code.Languages;

/// <summary>
/// What the machine's own Python says of a code without running it: asked in a process of its own, so that no call is waited for.
/// </summary>
/// <param name="find">Finds the interpreter.</param>
/// <param name="time">The clock.</param>
internal sealed class PythonSyntax(FindCommand find, TimeProvider time) : IDisposable
{
    // Whoever corrects a workflow saves it again and again.
    private const int MaxKnown = 1_000;
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, CodeProblem?> _known = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private Interpreter? _interpreter;
    private ITimer? _timer;

    /// <summary>What is wrong with a code; null: nothing, or a busy machine did not say in time.</summary>
    public CodeProblem? Check(string code)
    {
        lock (_gate)
        {
            var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
            if (_known.TryGetValue(key, out var known))
                return known;
            if (Ask(code) is not { } answer)
                return null;
            if (_known.Count >= MaxKnown)
                _known.Clear();
            return _known[key] = ProblemOf(answer);
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

    // Null: there is no answer.
    private Value? Ask(string code)
    {
        if (_interpreter is not { IsOver: false })
            _interpreter = Interpreter.Start(find, (_, _) => { });
        _timer ??= time.CreateTimer(static syntax => ((PythonSyntax)syntax!).Rest(), this, InterpreterPool.MaxIdle, Timeout.InfiniteTimeSpan);
        _timer.Change(InterpreterPool.MaxIdle, Timeout.InfiniteTimeSpan);
        var call = MapValue.Of(("code", code), ("check", true), ("memory", CodeRuntime.UsualMebibytes));
        return _interpreter.Call(((Value)call).ToUtf8(), MaxWait) is { Error: null } outcome ? outcome.Output : (Value?)null;
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
