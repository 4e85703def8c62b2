using System.Collections.Frozen;
using Acornima.Ast;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace Millrace.Sandbox.Realms;

/// <summary>What JavaScript's own standard does not have and its hosts usually do. Each is made when code first asks for it.</summary>
internal static class Globals
{
    private const PropertyFlag Usual = PropertyFlag.Configurable | PropertyFlag.Writable;

    // Each file is a function of the host that returns an object of globals.
    private static readonly FrozenDictionary<string, string[]> Files = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["console"] = ["console"],
        ["encoding"] = ["TextEncoder", "TextDecoder", "atob", "btoa"],
        ["url"] = ["URL", "URLSearchParams"],
        ["clone"] = ["structuredClone"],
        ["crypto"] = ["crypto"],
        ["require"] = ["require"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Calls one of two functions when a promise is settled.</summary>
    public static readonly Prepared<Script> Settle =
        Engine.PrepareScript("(function (promise, resolved, rejected) { promise.then(resolved, rejected); })");

    /// <summary>Adds all to a realm's options.</summary>
    public static void AddTo(Options options)
    {
        foreach (var (file, names) in Files)
        {
            var script = Engine.PrepareScript(Text(file), file + ".js");
            foreach (var name in names)
                options.AddLazyGlobal(name, engine => Load(engine, script).Get(name), Usual);
        }
        Timer(options, "setTimeout", (realm, arguments) => realm.Timers.Add(realm.Engine, arguments, repeats: false));
        Timer(options, "setInterval", (realm, arguments) => realm.Timers.Add(realm.Engine, arguments, repeats: true));
        Timer(options, "setImmediate",
            (realm, arguments) =>
                realm.Timers.Add(realm.Engine, [.. arguments.Take(1), JsNumber.Create(0), .. arguments.Skip(1)], repeats: false));
        foreach (var name in new[] { "clearTimeout", "clearInterval", "clearImmediate" })
            Timer(options, name, (realm, arguments) => realm.Timers.Remove(arguments));
        options.AddLazyGlobal("queueMicrotask", engine => engine.Evaluate("(f => { Promise.resolve().then(() => { f(); }); })"), Usual);
        options.AddLazyGlobal("performance", Performance, Usual);
    }

    private static void Timer(Options options, string name, Func<Realm, JsValue[], JsValue> body) =>
        options.AddLazyGlobal(name, engine => new ClrFunction(engine, name, (_, arguments) => body(Realm.Of(engine), arguments)), Usual);

    private static ObjectInstance Load(Engine engine, Prepared<Script> script)
    {
        var realm = Realm.Of(engine);
        return engine.Call(engine.Evaluate(script), Host.Functions(realm)).AsObject();
    }

    private static JsObject Performance(Engine engine)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var performance = new JsObject(engine);
        performance.FastSetDataProperty("now",
            new ClrFunction(engine, "now",
                (_, _) => JsNumber.Create(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds)));
        performance.FastSetDataProperty("timeOrigin", JsNumber.Create((double)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        return performance;
    }

    private static string Text(string file)
    {
        using var stream = typeof(Globals).Assembly.GetManifestResourceStream($"globals/{file}.js")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
