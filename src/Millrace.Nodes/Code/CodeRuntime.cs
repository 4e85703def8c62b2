using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Code.Languages;
using Millrace.Nodes.Code.Sandboxing;

namespace Millrace.Nodes.Code;

/// <summary>Runs somebody's code: in processes apart from this one, each call apart from all others.</summary>
public sealed class CodeRuntime : IDisposable
{
    /// <summary>What a call may use where its node does not say, MiB.</summary>
    internal const int UsualMebibytes = 128;

    /// <summary>How long a call may take where its node does not say.</summary>
    internal static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    // Each save of a workflow, and each time that it is made ready to run, asks again.
    private const int MaxChecked = 1_000;
    private static readonly TimeSpan MaxProbe = TimeSpan.FromSeconds(40);

    private readonly CodeSettings _settings;
    private readonly FrozenDictionary<string, LanguageRuntime> _languages;
    private readonly SemaphoreSlim _room;
    private readonly ConcurrentDictionary<string, Value> _checked = new(StringComparer.Ordinal);

    /// <summary>Starts nothing until the first call.</summary>
    public CodeRuntime(CodeSettings settings, TimeProvider time)
    {
        _settings = settings;
        _room = new SemaphoreSlim(settings.Concurrency);
        LanguageRuntime[] languages = [new(settings, new PythonLanguage(), time), new(settings, new JavaScriptLanguage(), time)];
        _languages = languages.ToFrozenDictionary(one => one.Language.Name, StringComparer.Ordinal);
    }

    /// <summary>Runs no code, and says so.</summary>
    public static CodeRuntime Off { get; } = new(new CodeSettings { Sandbox = CodeSandbox.Off }, TimeProvider.System);

    /// <summary>
    /// What is missing on this machine for Python code, and how to get it; null: nothing is, or no code is to run. It starts nothing.
    /// </summary>
    public static string? MissingForPython(CodeSettings settings)
    {
        if (settings.Sandbox == CodeSandbox.Off)
            return null;
        _ = new PythonLanguage().Find(UsualMebibytes, settings, out var problem);
        return problem;
    }

    /// <summary>Whether nothing that code does can reach beyond its own process.</summary>
    internal bool IsSandboxed => _settings.Sandbox != CodeSandbox.None;

    /// <summary>Why no code of a language can run here, and what to do; null: it can.</summary>
    internal string? WhyNot(string language) => _languages[language].Problem;

    /// <summary>Runs one call of a code node.</summary>
    internal async Task<NodeOutcome> RunAsync(
        string language, int mebibytes, Value call, Action<string, string> log, CancellationToken cancellation)
    {
        var runtime = _languages[language];
        if (runtime.Problem is { } problem)
            return NodeOutcome.Failed("code", problem);
        await _room.WaitAsync(cancellation);
        try
        {
            var interpreter = await runtime.Pool(mebibytes).TakeAsync(cancellation);
            return await interpreter.CallAsync(call.AsMap().With("memory", mebibytes), log, cancellation);
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>
    /// What is wrong with a Python code's syntax, as the machine's own Python sees it; the null value: nothing; null: not known.
    /// </summary>
    internal Value? PythonProblem(string code)
    {
        if (_languages["python"].Problem is not null)
            return null;
        if (_checked.TryGetValue(code, out var known))
            return known;
        if (_checked.Count >= MaxChecked)
            _checked.Clear();
        if (Check(code) is { } found)
            _checked[code] = found;
        else
            return null;
        return found;
    }

    // Null: a busy machine did not say, which is nothing against the code.
    private Value? Check(string code)
    {
        using var timeout = new CancellationTokenSource(MaxProbe);
        try
        {
            var call = MapValue.Of(("code", code), ("check", true));
            var outcome = Task.Run(() => RunAsync("python", UsualMebibytes, call, (_, _) => { }, timeout.Token)).GetAwaiter().GetResult();
            return outcome.Error is null ? outcome.Output : (Value?)null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var language in _languages.Values)
            language.Dispose();
    }

    /// <summary>What there is for one language, found out at its first use.</summary>
    private sealed class LanguageRuntime(CodeSettings settings, CodeLanguage language, TimeProvider time) : IDisposable
    {
        private readonly ConcurrentDictionary<int, Lazy<InterpreterPool>> _pools = new();
        private readonly Lock _gate = new();
        private (int Command, string? Problem)? _found;

        public CodeLanguage Language => language;

        public string? Problem => Found().Problem;

        /// <summary>The processes that take calls of a size of memory.</summary>
        public InterpreterPool Pool(int mebibytes) =>
            _pools.GetOrAdd(language.IsBoundAtStart ? mebibytes : UsualMebibytes, size => new(() => NewPool(size))).Value;

        public void Dispose()
        {
            foreach (var pool in _pools.Values)
                pool.Value.Dispose();
        }

        private InterpreterPool NewPool(int mebibytes) =>
            new(free => Start(mebibytes, free), KeptOf(mebibytes), settings.Concurrency, time);

        // Of an unusual size, one is kept for the next call.
        private int KeptOf(int mebibytes) => mebibytes == UsualMebibytes ? settings.Pool : Math.Min(settings.Pool, 1);

        private Interpreter Start(int mebibytes, Action<Interpreter, bool> free) =>
            Interpreter.Start(language.Find(mebibytes, settings, out _)[Found().Command], free);

        private (int Command, string? Problem) Found()
        {
            lock (_gate)
                return _found ??= Find();
        }

        private (int, string?) Find()
        {
            if (settings.Sandbox == CodeSandbox.Off)
                return (0, "Code nodes are switched off on this server (CODE_SANDBOX=off).");
            var commands = language.Find(UsualMebibytes, settings, out var problem);
            if (commands.IsEmpty)
                return (0, problem);
            string? refusal = null;
            for (var at = 0; at < commands.Length; at++)
            {
                if (Probe(commands[at]) is not { } words)
                    return (at, null);
                refusal = words;
            }
            return (0, $"{language.Name} cannot run safely on this server: its process does not start ({refusal}). With CODE_SANDBOX=none code runs without a sandbox, with all rights of the server.");
        }

        // Some containers forbid what a sandbox is made of; only trying tells.
        private string? Probe(SandboxCommand command)
        {
            using var timeout = new CancellationTokenSource(MaxProbe);
            var call = MapValue.Of(("code", language.Nothing), ("data", Value.Null), ("memory", UsualMebibytes));
            try
            {
                using var interpreter = Interpreter.Start(command, (_, _) => { });
                // Once for a process, and only before the first call: nobody is on their way here who could be kept from going on.
                var outcome = Task.Run(() => interpreter.CallAsync(call, (_, _) => { }, timeout.Token)).GetAwaiter().GetResult();
                return outcome.Error?.Message;
            }
            catch (Exception e) when (e is Win32Exception or OperationCanceledException)
            {
                return e.Message;
            }
        }
    }
}
