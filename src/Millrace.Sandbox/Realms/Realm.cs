using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Promise;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace Millrace.Sandbox.Realms;

/// <summary>
/// All that one call sees: a fresh interpreter, what a host of JavaScript usually has and is harmless, and nothing of this
/// machine.
/// </summary>
internal sealed class Realm
{
    private static readonly Options Shared = CreateOptions();

    private readonly List<JsValue> _unhandled = [];
    private JsValue? _process;
    private (bool IsOver, JsValue Value, bool IsError) _end;

    /// <summary>Makes one.</summary>
    /// <param name="log">Hears what is printed: a level and a line.</param>
    /// <param name="modules">Modules that code may load; null: none.</param>
    public Realm(Action<string, string> log, ModuleFolder? modules)
    {
        (Log, Modules) = (log, modules);
        Engine = new Engine(Shared);
        Engine.Advanced.HostDefined = this;
        Engine.Advanced.PromiseRejectionTracker += Track;
    }

    /// <summary>The interpreter.</summary>
    public Engine Engine { get; }

    /// <summary>Hears what is printed.</summary>
    public Action<string, string> Log { get; }

    /// <summary>Modules that code may load.</summary>
    public ModuleFolder? Modules { get; }

    /// <summary>What is put off.</summary>
    public Timers Timers { get; } = new();

    /// <summary>What the call has returned.</summary>
    public JsValue Settled => _end.Value;

    /// <summary>The realm that an interpreter belongs to.</summary>
    public static Realm Of(Engine engine) => (Realm)engine.Advanced.HostDefined!;

    /// <summary>Runs a code.</summary>
    /// <returns>How it failed; null: it has returned <see cref="Settled"/>.</returns>
    /// <exception cref="JavaScriptException">It has thrown.</exception>
    /// <exception cref="ValueException">An argument cannot be given to it.</exception>
    public ScriptError? Run(CallableCode code, JsonElement call)
    {
        var found = new ClrFunction(Engine, "", (_, arguments) => _process = arguments[0]);
        JsValue[] given = [found, .. code.Names.Select(name => Argument(call, name))];
        if (Await(Engine.Call(Engine.Evaluate(code.Script), given)) is { } error)
            return error;
        if (code.Source is { HasProcess: false, HasReturn: false })
            return new ScriptError("no_process", "it has neither a function 'process' nor a 'return', so it gives nothing back", null,
                null, []);
        if (!code.Source.HasProcess || _process is null)
            return null;
        if (!_process.IsCallable())
            return new ScriptError("no_process", "'process' is not a function", null, null, []);
        return Arguments(code, call, out var arguments) ?? Await(Engine.Call(_process, arguments));
    }

    private JsValue Argument(JsonElement call, string name) =>
        call.TryGetProperty("arguments", out var arguments)
            ? JsonToScript.Make(Engine, arguments.GetProperty(name), $"/{name}")
            : JsonToScript.Make(Engine, call.GetProperty("data"), "");

    // By its parameters' names; or all in one object.
    private ScriptError? Arguments(CallableCode code, JsonElement call, out JsValue[] given)
    {
        given = [];
        if (!call.TryGetProperty("arguments", out var arguments))
        {
            given = [JsonToScript.Make(Engine, call.GetProperty("data"), "")];
            return null;
        }
        var parameters = code.Source.Parameters;
        if (parameters.IsDefaultOrEmpty || (parameters is [var only] && !arguments.TryGetProperty(only.Name, out _)))
        {
            given = [JsonToScript.Make(Engine, arguments, "")];
            return null;
        }
        if (parameters.FirstOrDefault(parameter => !parameter.IsOptional
            && !arguments.TryGetProperty(parameter.Name, out _)) is { } missing)
            return new ScriptError("TypeError", $"'process' has a parameter '{missing.Name}', which the input mapping does not give",
                null, null, []);
        given = [.. parameters.Select(parameter => arguments.TryGetProperty(parameter.Name, out var value)
            ? JsonToScript.Make(Engine, value, $"/{parameter.Name}") : JsValue.Undefined)];
        return null;
    }

    // Runs whatever is due until a promise is settled.
    private ScriptError? Await(JsValue value)
    {
        _end = default;
        if (!value.IsPromise())
            _end = (true, value, false);
        else
            Engine.Call(Engine.Evaluate(Globals.Settle), value, Settler(isError: false), Settler(isError: true));
        for (; ; )
        {
            Engine.Advanced.ProcessTasks();
            if (_end.IsOver)
                return _end.IsError ? ScriptError.Of(_end.Value!, Engine) : null;
            if (_unhandled.Count > 0)
                return ScriptError.Of(_unhandled[0], Engine);
            if (Timers.IsEmpty)
                return new ScriptError("Error", "it waits for a promise that nothing will ever settle", null, null, []);
            Timers.RunNext(Engine);
        }
    }

    private ClrFunction Settler(bool isError) => new(Engine, "", (_, arguments) =>
    {
        if (!_end.IsOver)
            _end = (true, arguments.Length > 0 ? arguments[0] : JsValue.Undefined, isError);
        return JsValue.Undefined;
    });

    // As elsewhere, a failure that nobody waits for is not lost.
    private void Track(object? sender, PromiseRejectionTrackerEventArgs e)
    {
        if (e.Operation == PromiseRejectionOperation.Reject)
            _unhandled.Add(e.Value!);
        else
            _unhandled.Clear();
    }

    private static Options CreateOptions()
    {
        var options = new Options { TimeZone = TimeZoneInfo.Utc, RetainFunctionSourceText = true };
        options.Constraints.StackOverflowGuard = true;
        options.Constraints.MaxArraySize = uint.MaxValue;
        options.Constraints.RegexTimeout = TimeSpan.FromMinutes(1);
        options.Constraints.PromiseTimeout = TimeSpan.FromHours(1);
        options.Json.MaxParseDepth = 1_000;
        options.AgentCanSuspend = false;
        Globals.AddTo(options);
        return options;
    }
}
