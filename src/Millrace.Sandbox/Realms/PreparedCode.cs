using System.Collections.Immutable;
using System.Text.Json;
using Acornima.Ast;
using Jint;
using Millrace.Sandbox.Sources;

namespace Millrace.Sandbox.Realms;

/// <summary>
/// Codes as they are run: read once while they are used again and again. What is kept is only their text, read; nothing of a call.
/// </summary>
internal sealed class PreparedCode
{
    /// <summary>How much is kept, in characters of code: what is read of them takes a multiple of the memory.</summary>
    public const int MaxKeptLength = 256 * 1024;

    // What even the shortest takes, in the same measure.
    private const int OwnLength = 1024;

    // No code of an author has this name.
    private const string Found = "__millrace_found";

    private static readonly ScriptPreparationOptions Options = new()
    {
        ParsingOptions = new ScriptParsingOptions { RetainFunctionSourceText = true, RegexTimeout = TimeSpan.FromMinutes(1) },
    };

    private readonly Dictionary<string, CallableCode> _kept = new(StringComparer.Ordinal);

    /// <summary>How much is kept now.</summary>
    public int KeptLength { get; private set; }

    /// <summary>A code, ready to be run with the arguments of a call.</summary>
    /// <param name="code">The text.</param>
    /// <param name="call">The call.</param>
    /// <param name="problem">Why it cannot be run.</param>
    public CallableCode? Get(string code, JsonElement call, out ScriptError? problem)
    {
        problem = null;
        var names = Names(call);
        var key = $"{string.Join(',', names)}\n{code}";
        if (_kept.TryGetValue(key, out var kept))
            return kept;
        if (Prepare(code, names, out problem) is { } prepared)
            return Keep(key, prepared);
        return null;
    }

    private CallableCode Keep(string key, CallableCode prepared)
    {
        var length = key.Length + OwnLength;
        if (length > MaxKeptLength)
            return prepared;
        if (KeptLength + length > MaxKeptLength)
        {
            _kept.Clear();
            KeptLength = 0;
        }
        _kept.Add(key, prepared);
        KeptLength += length;
        return prepared;
    }

    private static CallableCode? Prepare(string code, ImmutableArray<string> names, out ScriptError? problem)
    {
        problem = null;
        if (JavaScriptSource.Read(code, out var error) is not { } source)
        {
            problem = new ScriptError("SyntaxError", error!.Message, error.Line, error.Column, []);
            return null;
        }
        var head = $"(async function ({string.Join(", ", [Found, .. names])}) {{";
        var tail = source.HasProcess ? $"\n;{Found}(process);}})" : "\n})";
        try
        {
            return new CallableCode(Engine.PrepareScript(head + code + tail, ScriptError.File, options: Options), source, names);
        }
        catch (ScriptPreparationException e)
        {
            problem = new ScriptError("SyntaxError", e.InnerException?.Message ?? e.Message, null, null, []);
            return null;
        }
    }

    // Of a body; a function gets its own.
    private static ImmutableArray<string> Names(JsonElement call) =>
        call.TryGetProperty("arguments", out var arguments)
            ? [.. arguments.EnumerateObject().Select(one => one.Name).Where(IsName)] : ["data"];

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '$')
            && !Reserved.Contains(name);

    private static readonly HashSet<string> Reserved =
    [
        "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else",
        "enum", "eval", "export", "extends",
        "false", "finally", "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "null",
        "package", "private", "protected", "public",
        "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield", Found,
    ];
}

/// <summary>A code that has been read.</summary>
/// <param name="Script">A function of the arguments' names.</param>
/// <param name="Source">What it declares.</param>
/// <param name="Names">The arguments that a body has by name.</param>
internal sealed record CallableCode(Prepared<Script> Script, JavaScriptSource Source, ImmutableArray<string> Names);
