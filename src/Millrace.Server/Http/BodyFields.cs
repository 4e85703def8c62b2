using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Server.Http;

/// <summary>
/// The fields of a JSON body, written in camelCase or snake_case. Asking for a field declares it: once a body is read, every field that was not asked for
/// is a problem. So nothing that a caller says can be ignored in silence.
/// </summary>
internal sealed class BodyFields
{
    private const int MaxUnknown = 20;
    private const int MaxNameLength = 100;

    private readonly MapValue _body;
    private readonly string _pointer;
    private readonly List<Problem> _problems;
    private readonly List<string> _declared = [];

    private readonly bool _hasSnakeCase;
    private string? _hint;

    private BodyFields(MapValue body, string pointer, List<Problem> problems)
    {
        (_body, _pointer, _problems) = (body, pointer, problems);
        foreach (var entry in body.Entries)
            _hasSnakeCase |= entry.Key.AsString().Contains('_', StringComparison.Ordinal);
    }

    /// <summary>Whether something was wrong so far; more may be found at the end.</summary>
    public bool HasProblems => _problems.Count > 0;

    /// <summary>Reads a body into what it means, and says what is wrong with it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="read">Reads it; what it returns counts only where nothing is wrong.</param>
    public static Bound<T> Bind<T>(MapValue body, Func<BodyFields, T> read)
    {
        var problems = new List<Problem>();
        var fields = new BodyFields(body, "", problems);
        var value = read(fields);
        fields.RefuseUnknown();
        return problems.Count == 0
            ? new Bound<T>(value, null)
            : new Bound<T>(default, ProblemReply.Invalid(string.Join(' ', problems.Select(problem => problem.Message)), problems));
    }

    /// <summary>Reads the JSON body of a request into what it means; an absent one is an empty object.</summary>
    public static async ValueTask<Bound<T>> BindAsync<T>(HttpContext context, Func<BodyFields, T> read)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        return body is null ? new Bound<T>(default, problem) : Bind(body, read);
    }

    /// <summary>Whether a field is there, null included.</summary>
    public bool Has(string name)
    {
        Declare(name);
        return TryGet(name, out _);
    }

    /// <summary>The value of the first of these names that is there; null: none is.</summary>
    public Value Any(params ReadOnlySpan<string> names)
    {
        Value found = default;
        string? taken = null;
        foreach (var name in names)
        {
            Declare(name);
            if (!TryGet(name, out var value))
                continue;
            if (taken is not null)
                Wrong(name, $"'{name}' is another name for '{taken}', which is also present. Send only one of them.", "duplicate_field");
            else
                (taken, found) = (name, value);
        }
        return found;
    }

    /// <summary>A text, or null where there is none.</summary>
    public string? Text(string name, int longest)
    {
        var value = Any(name);
        if (value.IsNull)
            return null;
        if (value.TryGetString(out var text) && text.Length <= longest)
            return text;
        Wrong(name, $"'{name}' must be a string of at most {longest} characters.");
        return null;
    }

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name, int longest)
    {
        var text = Text(name, longest);
        if (text is null && !HasProblems)
            Wrong(name, $"'{name}' is missing. It must be a string.", "missing_field");
        return text ?? "";
    }

    /// <summary>A whole number, or null where there is none.</summary>
    public int? Integer(string name, int smallest, int largest)
    {
        var value = Any(name);
        if (value.IsNull)
            return null;
        if (value.TryGetInt(out var number) && number >= smallest && number <= largest)
            return (int)number;
        Wrong(name, $"'{name}' must be a whole number from {smallest} to {largest}.");
        return null;
    }

    /// <summary>True or false; null where there is neither.</summary>
    public bool? OptionalFlag(string name)
    {
        var value = Any(name);
        if (value.IsNull)
            return null;
        if (!value.TryGetBool(out var flag))
            Wrong(name, $"'{name}' must be true or false.");
        return flag;
    }

    /// <summary>True or false; false where there is neither.</summary>
    public bool Flag(string name) => OptionalFlag(name) ?? false;

    /// <summary>An object with keys of the caller's own, empty where there is none.</summary>
    public MapValue Map(string name)
    {
        var value = Any(name);
        if (value.IsNull)
            return MapValue.Empty;
        if (value.TryGetMap(out var map))
            return map;
        Wrong(name, $"'{name}' must be an object.");
        return MapValue.Empty;
    }

    /// <summary>An object with fields of its own; null where there is none.</summary>
    public T? Inside<T>(string name, Func<BodyFields, T?> read) where T : class
    {
        var value = Any(name);
        if (value.IsNull)
            return null;
        if (!value.TryGetMap(out var map))
        {
            Wrong(name, $"'{name}' must be an object.");
            return null;
        }
        var inner = new BodyFields(map, PointerTo(name), _problems);
        var result = read(inner);
        inner.RefuseUnknown();
        return result;
    }

    /// <summary>The objects of a list, each with fields of its own; null where there is no list.</summary>
    /// <param name="name">The field.</param>
    /// <param name="most">The most items.</param>
    /// <param name="what">What an item looks like, for callers: "{level?, message, data?}".</param>
    /// <param name="read">Reads an item.</param>
    public IReadOnlyList<T>? Each<T>(string name, int most, string what, Func<BodyFields, T> read)
    {
        var value = Any(name);
        if (value.IsNull)
            return null;
        if (!value.TryGetList(out var list) || list.Count > most)
        {
            Wrong(name, $"'{name}' must be a list of at most {most} objects {what}.");
            return null;
        }
        var items = new List<T>(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            if (!list[i].TryGetMap(out var map))
            {
                Wrong($"{name}/{i}", $"An item of '{name}' must be an object {what}.");
                continue;
            }
            var inner = new BodyFields(map, PointerTo($"{name}/{i}"), _problems);
            items.Add(read(inner));
            inner.RefuseUnknown();
        }
        return items;
    }

    /// <summary>A list of texts, or null where there is none.</summary>
    public IReadOnlyList<string>? Texts(string name, int most, int longest)
    {
        var value = Any(name);
        if (value.IsNull)
            return null;
        if (value.TryGetList(out var list) && list.Count <= most && list.All(item => item.TryGetString(out var text) && text.Length <= longest))
            return [.. list.Select(item => item.AsString())];
        Wrong(name, $"'{name}' must be a list of at most {most} strings of at most {longest} characters each.");
        return null;
    }

    /// <summary>A time, or null where there is none.</summary>
    public DateTimeOffset? Time(string name)
    {
        var value = Any(name);
        if (value.IsNull)
            return null;
        if (value.TryGetString(out var text) && Rfc3339.TryParse(text, out var time))
            return time;
        Wrong(name, $"'{name}' must be {Rfc3339.Expected}.");
        return null;
    }

    /// <summary>Refuses a field that this version cannot honour, rather than ignoring it.</summary>
    public void Refuse(string name, string why)
    {
        if (!Any(name).IsNull)
            Wrong(name, why, "unsupported");
    }

    /// <summary>Takes a field and does nothing with it, because clients send it and it says nothing that counts.</summary>
    public void Ignore(string name) => Declare(name);

    /// <summary>Says what to do about a field that is unknown and resembles none.</summary>
    public void HintUnknown(string advice) => _hint = advice;

    /// <summary>Takes all fields, whatever their names are: the body is a document, and read as one elsewhere.</summary>
    public MapValue TakeAll()
    {
        _declared.AddRange(_body.Entries.ToArray().Select(entry => entry.Key.AsString()));
        return _body;
    }

    /// <summary>Notes that a field is wrong.</summary>
    /// <param name="name">The field, or a place in it: "types/0".</param>
    /// <param name="message">The message, as a sentence.</param>
    /// <param name="code">A stable identifier of the error.</param>
    public void Wrong(string name, string message, string code = "wrong_type") => _problems.Add(new Problem(PointerTo(name), code, message));

    /// <summary>Notes that the object as a whole is wrong.</summary>
    public void WrongAsWhole(string message, string code) => _problems.Add(new Problem(_pointer, code, message));

    private void Declare(string name)
    {
        if (!_declared.Contains(name, StringComparer.Ordinal))
            _declared.Add(name);
    }

    private bool TryGet(string name, out Value value)
    {
        if (_body.TryGet(name, out value))
            return true;
        // A name that is not there is the common case, and an underscore in a body is not.
        return _hasSnakeCase && SnakeCase(name) is { } snake && _body.TryGet(snake, out value);
    }

    private void RefuseUnknown()
    {
        var unknown = 0;
        foreach (var entry in _body.Entries)
        {
            var name = entry.Key.AsString();
            if (!_declared.Exists(known => IsSpelling(name, known)))
            {
                // The reply is bounded, whatever was sent.
                if (unknown++ < MaxUnknown)
                    _problems.Add(Unknown(name));
            }
            else if (_declared.Find(known => IsSnakeCase(name, known)) is { } camel && _body.TryGet(camel, out _))
            {
                Wrong(name, $"'{name}' is another spelling of '{camel}', which is also present. Send only one of them.", "duplicate_field");
            }
        }
        if (unknown > MaxUnknown)
            WrongAsWhole($"{unknown - MaxUnknown} more fields are unknown.", "unknown_field");
    }

    private Problem Unknown(string name)
    {
        if (name.Length > MaxNameLength)
            return new Problem(_pointer, "unknown_field", $"There is no field '{name[..MaxNameLength]}...'{Place()}.");
        var guess = ClosestName.Find(name, _declared);
        return new Problem(
            PointerTo(JsonPointer.Escape(name)),
            "unknown_field",
            $"There is no field '{name}'{Place()}{(guess is not null ? $"; did you mean '{guess}'?" : _hint is null ? "." : $". {_hint}")}",
            guess);
    }

    private string Place() => _pointer.Length == 0 ? " in this request" : $" in {_pointer}";

    private string PointerTo(string name) => $"{_pointer}/{name}";

    private static bool IsSpelling(string name, string known) =>
        string.Equals(name, known, StringComparison.Ordinal) || IsSnakeCase(name, known);

    // As SnakeCase would write it, and different from camelCase. Every request asks this, so nothing is allocated.
    private static bool IsSnakeCase(string name, string known)
    {
        if (name.Length <= known.Length)
            return false;
        var at = 0;
        foreach (var c in known)
        {
            var isUpper = char.IsAsciiLetterUpper(c);
            if (isUpper && (at == name.Length || name[at++] != '_'))
                return false;
            if (at == name.Length || name[at++] != (isUpper ? char.ToLowerInvariant(c) : c))
                return false;
        }
        return at == name.Length;
    }

    // Null: as in camelCase.
    private static string? SnakeCase(string name)
    {
        if (!name.AsSpan().ContainsAnyInRange('A', 'Z'))
            return null;
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c))
                text.Append('_').Append(char.ToLowerInvariant(c));
            else
                text.Append(c);
        }
        return text.ToString();
    }
}

/// <summary>What a body means, or what is wrong with it.</summary>
/// <param name="Value">What it means; nothing of use where there is a problem.</param>
/// <param name="Problem">What is wrong; null: nothing.</param>
internal readonly record struct Bound<T>(T? Value, ProblemReply? Problem)
{
    /// <summary>Whether it was read; else what is wrong with it.</summary>
    public bool IsRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out ProblemReply? problem)
    {
        (value, problem) = (Value, Problem);
        return problem is null;
    }
}
