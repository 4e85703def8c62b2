using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;

namespace Millrace.Sandbox.Realms;

/// <summary>How a call failed, in its author's words and lines.</summary>
/// <param name="Type">The error's name.</param>
/// <param name="Message">What it says.</param>
/// <param name="Line">In the author's code, from 1.</param>
/// <param name="Column">In the author's code, from 1.</param>
/// <param name="Trace">Where it came from, innermost first.</param>
internal sealed partial record ScriptError(string Type, string Message, int? Line, int? Column, IReadOnlyList<string> Trace)
{
    /// <summary>What the code is called in traces.</summary>
    public const string File = "code.js";

    /// <summary>The process takes no other call.</summary>
    public bool IsLast { get; init; }

    private const int MaxMessageLength = 4_000;
    private const int MaxTrace = 10;

    // What other hosts of JavaScript have and this one has not; and what to use.
    private static readonly FrozenDictionary<string, string> Missing = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["fetch"] = "code has no network; put an http node before or after it",
        ["XMLHttpRequest"] = "code has no network; put an http node before or after it",
        ["WebSocket"] = "code has no network; put an http node before or after it",
        ["Buffer"] = "use TextEncoder and TextDecoder, atob and btoa, or Uint8Array.fromBase64 and toBase64",
        ["process"] = "the code has no process of its own; print with console.log, and pass settings in by input_mapping",
        ["WebAssembly"] = "this interpreter has none",
        ["Worker"] = "a call has one thread",
        ["window"] = "this is not a browser; use globalThis",
        ["document"] = "this is not a browser",
        ["self"] = "use globalThis",
        ["global"] = "use globalThis",
        ["module"] = "give the result with return",
        ["exports"] = "give the result with return",
        ["__dirname"] = "code has no files",
        ["__filename"] = "code has no files",
        ["localStorage"] = "nothing of a call is kept; use a variable or a storage node",
        ["AbortController"] = "the node's timeout ends a call",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Describes what code has thrown.</summary>
    public static ScriptError Of(JavaScriptException thrown, Engine engine) =>
        Of(thrown.Error, engine, thrown.JavaScriptStackTrace, thrown.Location.Start.Line);

    /// <summary>Describes what code has thrown.</summary>
    /// <param name="thrown">The value.</param>
    /// <param name="engine">Its realm.</param>
    /// <param name="trace">Where it was thrown, if that is known.</param>
    /// <param name="line">The line of that; 0: not known.</param>
    public static ScriptError Of(JsValue thrown, Engine engine, string? trace = null, int line = 0)
    {
        if (thrown is not ObjectInstance error)
            return new ScriptError("Error", Short(Text(thrown)), line > 0 ? line : null, null, []);
        var stack = Own(error, "stack") is { Length: > 0 } own ? own : trace ?? "";
        var lines = Places().Matches(stack).Take(MaxTrace).ToList();
        // Code can write a stack of its own, and any digits into it.
        int? at = line > 0 ? line : null;
        if (lines.Count > 0)
            at = LineOf(lines[0]);
        var name = Own(error, "name") is { Length: > 0 } type ? type : "Error";
        return new ScriptError(name, Short(Explained(Own(error, "message"))), at, null,
            [.. lines.Select(place => place.Value.Trim())]);
    }

    /// <summary>Whether it is code that failed so, and not the interpreter: its process is as good as before.</summary>
    public static bool IsOfCode(Exception e) =>
        e is JavaScriptException or ValueException or InsufficientExecutionStackException or RegexMatchTimeoutException;

    /// <summary>Writes it as a frame.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("type", Type);
        json.WriteString("message", Message);
        Number(json, "line", Line);
        if (Column is not null)
            Number(json, "column", Column);
        json.WriteStartArray("trace");
        foreach (var place in Trace)
            json.WriteStringValue(place);
        json.WriteEndArray();
        json.WriteEndObject();
        if (IsLast)
            json.WriteBoolean("last", true);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, int? number)
    {
        if (number is { } given)
            json.WriteNumber(name, given);
        else
            json.WriteNull(name);
    }

    private static string Explained(string message) =>
        Undefined().Match(message) is { Success: true } match && Missing.TryGetValue(match.Groups["name"].Value, out var instead)
            ? $"{message}: {instead}" : message;

    // What code has thrown can have properties that throw in turn; then it has none.
    private static string Own(ObjectInstance error, string name)
    {
        try
        {
            return Text(error.Get(name));
        }
        catch (Exception e) when (IsOfCode(e))
        {
            return "";
        }
    }

    private static int? LineOf(Match place) =>
        int.TryParse(place.Groups["line"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var line) ? line : null;

    private static string Text(JsValue value) =>
        value.IsString() ? value.AsString() : value.IsSymbol() ? "a symbol" : value is ObjectInstance ? "" : value.ToString();

    private static string Short(string message) => message.Length > MaxMessageLength ? message[..MaxMessageLength] : message;

    [GeneratedRegex(@"at [^\n]*code\.js:(?<line>\d+)[^\n]*", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Places();

    [GeneratedRegex(@"^(?<name>\w+) is not defined$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Undefined();
}
