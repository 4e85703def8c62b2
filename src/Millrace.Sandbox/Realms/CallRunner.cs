using System.Text.Json;
using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Runtime;
using Millrace.Sandbox.Protocol;
using Millrace.Sandbox.Sources;

namespace Millrace.Sandbox.Realms;

/// <summary>Runs calls, each in a realm that is made for it and thrown away after it.</summary>
/// <param name="channel">Where words and results go.</param>
/// <param name="modules">Modules that code may load; null: none.</param>
internal sealed class CallRunner(CallChannel channel, ModuleFolder? modules)
{
    private const long BytesBeforeCollecting = 24L * 1024 * 1024;

    private const string RegexTimeout = "a regular expression took too long";

    // As many as the runtime waits for before it compiles something for good.
    private const int WarmUpRounds = 40;

    // Ready beforehand: there is no memory left to write it in.
    private static readonly byte[] OutOfMemory = """
        {"error":{"type":"MemoryError","message":"it needed more memory than it may use","line":null,"trace":[]},"last":true}
        """u8.ToArray();

    private readonly PreparedCode _prepared = new();
    private int _rounds;
    private long _bytesInUse;

    /// <summary>Runs what most calls need, some times in all, so that calls do not wait for a compiler.</summary>
    /// <param name="isAwaited">Whether there is something better to do.</param>
    public void WarmUp(Func<bool> isAwaited)
    {
        const string Code =
            "const url = new URL('a?b=c', 'https://example.com/'); console.error; "
            + "return JSON.parse(JSON.stringify({ ...data, list: [1, 2.5].map(n => n * 2), "
            + "at: `${new Date(0).toISOString()}`, href: url.href }));";
        using var call = JsonDocument.Parse("""{"code":"","data":{"n":1,"d":1.5,"s":"x","l":[null,true]}}""");
        for (; _rounds < WarmUpRounds && !isAwaited(); _rounds++)
        {
            var realm = new Realm((_, _) => { }, modules);
            _ = Outcome(realm, Code, call.RootElement);
            using var json = new Utf8JsonWriter(Stream.Null);
            new ScriptToJson(json).Write(realm.Settled);
        }
    }

    /// <summary>Runs a call and sends how it ended.</summary>
    /// <param name="call">The call.</param>
    /// <param name="isLast">Whether this process takes no other in any case.</param>
    /// <returns>Whether it takes no other.</returns>
    public bool Run(JsonDocument call, bool isLast)
    {
        using (call)
        {
            try
            {
                var realm = new Realm(channel.Log, modules);
                var error = Outcome(realm, call.RootElement.GetProperty("code").GetString()!, call.RootElement)
                    ?? Send(realm.Settled, isLast);
                if (error is not null)
                    channel.Send((error with { IsLast = isLast }).Write);
            }
            catch (OutOfMemoryException)
            {
                channel.Send(OutOfMemory);
                return true;
            }
            catch (Exception e)
            {
                // What the interpreter itself stumbles over ends with this process: nobody knows what it is still good for.
                channel.Send(new ScriptError("Error", $"the interpreter itself failed: {e.Message}", null, null,
                    []) { IsLast = true }.Write);
                return true;
            }
        }
        Collect();
        return isLast;
    }

    // What a large call has left; what is kept for good is not looked through again after each call.
    private void Collect()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) - _bytesInUse < BytesBeforeCollecting)
            return;
        GC.Collect();
        _bytesInUse = GC.GetTotalMemory(forceFullCollection: false);
    }

    private ScriptError? Outcome(Realm realm, string code, JsonElement call)
    {
        try
        {
            var prepared = _prepared.Get(code, call, out var problem);
            if (prepared is null)
                return problem;
            return realm.Run(prepared, call);
        }
        catch (JavaScriptException e)
        {
            return ScriptError.Of(e, realm.Engine);
        }
        catch (ValueException e)
        {
            return new ScriptError("input", e.Message, null, null, []);
        }
        catch (InsufficientExecutionStackException)
        {
            return new ScriptError("RangeError", "Maximum call stack size exceeded", null, null, []);
        }
        catch (RegexMatchTimeoutException)
        {
            return new ScriptError("Error", RegexTimeout, null, null, []);
        }
    }

    private ScriptError? Send(JsValue result, bool isLast)
    {
        try
        {
            channel.Send(json =>
            {
                json.WriteStartObject();
                json.WritePropertyName("result");
                new ScriptToJson(json).Write(result);
                if (isLast)
                    json.WriteBoolean("last", true);
                json.WriteEndObject();
            });
            return null;
        }
        catch (Exception e) when (ScriptError.IsOfCode(e))
        {
            var why = e is RegexMatchTimeoutException ? RegexTimeout : e.Message;
            return new ScriptError("result", $"the result cannot be JSON: {why}", null, null, []);
        }
    }
}
