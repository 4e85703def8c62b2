using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Code.Languages;
using Millrace.Nodes.Code.Sandboxing;

namespace Millrace.Nodes.Code;

/// <summary>Runs somebody's code, each call in a process of its own, in a sandbox unless the settings say otherwise.</summary>
public sealed class CodeRuntime : IDisposable
{
    /// <summary>What a call may use where its node does not say, MiB.</summary>
    internal const int UsualMebibytes = 128;

    /// <summary>How long a call may take where its node does not say.</summary>
    internal static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    private const int MaxSeconds = 3_600;
    private static readonly TimeSpan MaxProbe = TimeSpan.FromSeconds(20);

    private readonly CodeSettings _settings;
    private readonly FrozenDictionary<string, LanguageRuntime> _languages;
    private readonly SemaphoreSlim _room;

    /// <summary>Starts nothing until the first call.</summary>
    public CodeRuntime(CodeSettings settings, TimeProvider time)
    {
        _settings = settings;
        _room = new SemaphoreSlim(settings.Concurrency);
        LanguageRuntime[] languages =
        [
            new(this, CodeLanguage.Python, settings.Python, time),
            new(this, CodeLanguage.JavaScript, settings.Node, time),
        ];
        _languages = languages.ToFrozenDictionary(one => one.Language.Name, StringComparer.Ordinal);
    }

    /// <summary>Runs no code, and says so.</summary>
    public static CodeRuntime Off { get; } = new(new CodeSettings { Sandbox = CodeSandbox.Off }, TimeProvider.System);

    /// <summary>Whether nothing that code does can reach beyond its own process.</summary>
    internal bool IsSandboxed => _settings.Sandbox != CodeSandbox.None;

    /// <summary>Why no code of a language can run here, and what to do; null: it can.</summary>
    internal string? WhyNot(string language) => _languages[language].Problem;

    /// <summary>Runs one call of a code node in an interpreter of its own.</summary>
    internal async Task<NodeOutcome> RunAsync(
        string language, int mebibytes, Value call, Action<string, string> log, CancellationToken cancellation)
    {
        var runtime = _languages[language];
        if (runtime.Problem is { } problem)
            return NodeOutcome.Failed("code", problem);
        await _room.WaitAsync(cancellation);
        try
        {
            using var interpreter = runtime.Take(mebibytes);
            return await interpreter.CallAsync(call, log, cancellation);
        }
        catch (Win32Exception e)
        {
            return NodeOutcome.Failed("code", $"The interpreter of {language} could not be started: {e.Message}", retryable: true);
        }
        finally
        {
            _room.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var language in _languages.Values)
            language.Dispose();
    }

    /// <summary>What there is for one language, found out at its first use.</summary>
    private sealed class LanguageRuntime : IDisposable
    {
        private readonly CodeRuntime _owner;
        private readonly string? _configured;
        private readonly Lazy<(string? Interpreter, SandboxTools? Tools, string? Problem)> _found;
        private readonly InterpreterPool _pool;

        public LanguageRuntime(CodeRuntime owner, CodeLanguage language, string? configured, TimeProvider time)
        {
            (_owner, Language, _configured) = (owner, language, configured);
            _found = new(Find);
            _pool = new InterpreterPool(() => Start(UsualMebibytes), owner._settings.Pool, time);
        }

        public CodeLanguage Language { get; }

        public string? Problem => _found.Value.Problem;

        // Those that wait have the usual limits; any other call starts its own.
        public Interpreter Take(int mebibytes) => mebibytes == UsualMebibytes ? _pool.Take() : Start(mebibytes);

        public void Dispose() => _pool.Dispose();

        private Interpreter Start(int mebibytes)
        {
            var (interpreter, tools, _) = _found.Value;
            return Interpreter.Start(tools is not null
                ? SandboxCommand.For(tools, interpreter!, Language, mebibytes, MaxSeconds)
                : [interpreter!, .. Language.Arguments(Language.RunnerText, mebibytes)]);
        }

        private (string?, SandboxTools?, string?) Find()
        {
            if (_owner._settings.Sandbox == CodeSandbox.Off)
                return (null, null, "Code nodes are switched off on this server (CODE_SANDBOX=off).");
            var interpreter = _configured is { } path
                ? (File.Exists(path) ? Programs.Real(path) : null)
                : Language.Programs.Select(Programs.Find).FirstOrDefault(found => found is not null);
            if (interpreter is null)
            {
                var why = _configured is null ? string.Join(" or ", Language.Programs) + " was not found" : $"'{_configured}' is not there";
                return (
                    null, null, $"There is no program to run {Language.Name}: {why}. Install it, or set {Language.Setting} to its path.");
            }
            if (_owner._settings.Sandbox == CodeSandbox.None)
                return (interpreter, null, null);
            if (SandboxTools.Find(out var problem) is not { } tools)
                return (
                    null,
                    null,
                    $"Code cannot run safely on this server: {problem}. With CODE_SANDBOX=none it runs without a sandbox, with all "
                        + "rights of the server.");
            return Probe(SandboxCommand.For(tools, interpreter, Language, UsualMebibytes, MaxSeconds)) is { } refusal
                ? (
                    null,
                    null,
                    $"Code cannot run safely on this server: the sandbox does not start ({refusal}). With CODE_SANDBOX=none code runs "
                        + "without it, with all rights of the server.")
                : (interpreter, tools, null);
        }

        // Some containers forbid what a sandbox is made of; only trying tells.
        private string? Probe(ImmutableArray<string> command)
        {
            using var timeout = new CancellationTokenSource(MaxProbe);
            var code = Language == CodeLanguage.Python ? "return 1" : "return 1;";
            try
            {
                using var interpreter = Interpreter.Start(command);
                var call = MapValue.Of(("code", code), ("data", Value.Null));
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
