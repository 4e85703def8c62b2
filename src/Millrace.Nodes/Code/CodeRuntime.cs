using System.Collections.Frozen;
using System.Numerics;
using System.Runtime.InteropServices;
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

    private readonly CodeSettings _settings;
    private readonly FrozenDictionary<string, LanguageRuntime> _languages;
    private readonly PythonSyntax _pythonSyntax;
    private readonly SemaphoreSlim _room;

    /// <summary>Starts nothing until the first call.</summary>
    public CodeRuntime(CodeSettings settings, TimeProvider time)
    {
        _settings = settings;
        _room = new SemaphoreSlim(settings.Concurrency);
        var python = new LanguageRuntime(settings, Python(), time);
        LanguageRuntime[] languages = [python, new(settings, new JavaScriptLanguage(SandboxTools.Find(out _)), time)];
        _languages = languages.ToFrozenDictionary(one => one.Language.Name, StringComparer.Ordinal);
        _pythonSyntax = new PythonSyntax((out problem) => python.Find(UsualMebibytes, out problem), time, PythonSyntax.UsualPatience);
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
        _ = Python().Find(UsualMebibytes, settings, out var problem);
        return problem;
    }

    /// <summary>Whether nothing that code does can reach beyond its own process.</summary>
    internal bool IsSandboxed => _settings.Sandbox != CodeSandbox.None;

    /// <summary>How many processes there are, in use or waiting for a call.</summary>
    internal int Processes => _languages.Values.Sum(language => language.Processes);

    /// <summary>Why no code of a language can run here, and what to do; null: it can.</summary>
    internal string? WhyNot(string language) => _languages[language].Problem;

    /// <summary>Runs one call of a code node.</summary>
    internal async Task<NodeOutcome> RunAsync(
        string language, int mebibytes, Value call, Action<string, string> log, CancellationToken cancellation)
    {
        var runtime = _languages[language];
        if (runtime.Problem is { } problem)
            return NodeOutcome.Failed("code", problem);
        var frame = ((Value)call.AsMap().With("memory", mebibytes)).ToUtf8();
        await _room.WaitAsync(cancellation);
        try
        {
            var interpreter = await runtime.TakeAsync(mebibytes, cancellation);
            return await interpreter.CallAsync(frame, log, cancellation);
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>What is wrong with a Python code before it runs; null: nothing, or there is nothing here that could tell.</summary>
    internal CodeProblem? PythonProblem(string code) => WhyNot("python") is null ? _pythonSyntax.Check(code) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _pythonSyntax.Dispose();
        foreach (var language in _languages.Values)
            language.Dispose();
    }

    private static PythonLanguage Python() => new(RuntimeInformation.ProcessArchitecture);

    /// <summary>What there is for one language, found out at its first use.</summary>
    private sealed class LanguageRuntime : IDisposable
    {
        private static readonly TimeSpan MaxProbe = TimeSpan.FromSeconds(40);

        private readonly CodeSettings _settings;
        private readonly InterpreterPool _pool;
        private readonly Lock _gate = new();
        private (bool HasWalls, string? Problem)? _found;

        public LanguageRuntime(CodeSettings settings, CodeLanguage language, TimeProvider time)
        {
            (_settings, Language) = (settings, language);
            _pool = new InterpreterPool(Start, settings.Pool, settings.Concurrency, time);
        }

        public CodeLanguage Language { get; }

        public int Processes => _pool.Count;

        public string? Problem => Found().Problem;

        // Few sizes, so that a process is there for many nodes.
        public ValueTask<Interpreter> TakeAsync(int mebibytes, CancellationToken cancellation) => _pool.TakeAsync(
            Language.IsBoundAtStart ? (int)BitOperations.RoundUpToPowerOf2((uint)mebibytes) : UsualMebibytes, cancellation);

        /// <summary>The command that was found to work; null: it is no longer there.</summary>
        public SandboxCommand? Find(int mebibytes, out string? problem)
        {
            var hasWalls = Found().HasWalls;
            var command = Language.Find(mebibytes, _settings, out problem).FirstOrDefault(command => command.HasWalls == hasWalls);
            if (command is null)
                problem ??= "the sandbox that stood around it is no longer there";
            return command;
        }

        public void Dispose() => _pool.Dispose();

        private Interpreter Start(int mebibytes, Action<Interpreter, bool> free) =>
            Interpreter.Start((out problem) => Find(mebibytes, out problem), free);

        private (bool HasWalls, string? Problem) Found()
        {
            lock (_gate)
                return _found ??= Find();
        }

        private (bool, string?) Find()
        {
            if (_settings.Sandbox == CodeSandbox.Off)
                return (false, "Code nodes are switched off on this server (CODE_SANDBOX=off).");
            var refusal = "";
            var commands = Language.Find(UsualMebibytes, _settings, out var problem);
            foreach (var command in commands)
            {
                if (Probe(command) is not { } words)
                    return (command.HasWalls, null);
                refusal = words;
            }
            return (false, commands.IsEmpty
                ? problem
                : $"{Language.Name} cannot run safely on this server: its process does not start ({refusal}). {CodeLanguage.WithoutSandbox}");
        }

        // Some containers forbid what a sandbox is made of; only trying tells. Once for a language.
        private string? Probe(SandboxCommand command)
        {
            var call = MapValue.Of(("code", Language.Nothing), ("data", Value.Null), ("memory", UsualMebibytes));
            using var interpreter = Interpreter.Start(Candidate, (_, _) => { });
            return interpreter.Call(((Value)call).ToUtf8(), MaxProbe) is { } outcome ? outcome.Error?.Message : "it gave no answer in time";

            SandboxCommand Candidate(out string? problem)
            {
                problem = null;
                return command;
            }
        }
    }
}
