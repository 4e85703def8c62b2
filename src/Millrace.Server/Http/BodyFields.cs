using System.Globalization;
using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Server.Http;

/// <summary>Reads the fields of a JSON body, written in camelCase or snake_case, and collects what is wrong with them.</summary>
internal sealed class BodyFields(MapValue body)
{
    private List<Problem>? _problems;

    /// <summary>What was wrong so far; null: nothing.</summary>
    public ProblemReply? Problem => _problems is null ? null : ProblemReply.Invalid(string.Join(' ', _problems.Select(problem => problem.Message)), _problems);

    /// <summary>The value of the first of these names that is there; null: none is.</summary>
    public Value Any(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (TryGet(name, out var value))
                return value;
        }
        return default;
    }

    /// <summary>A text, or null where there is none.</summary>
    public string? Text(string name, int longest)
    {
        if (!TryGet(name, out var value) || value.IsNull)
            return null;
        if (value.TryGetString(out var text) && text.Length <= longest)
            return text;
        Wrong(name, $"'{name}' must be text of at most {longest} characters.");
        return null;
    }

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name, int longest)
    {
        var text = Text(name, longest);
        if (text is null && _problems is null)
            Wrong(name, $"'{name}' is missing. It must be text.", "missing_field");
        return text ?? "";
    }

    /// <summary>A whole number, or null where there is none.</summary>
    public int? Integer(string name, int smallest, int largest)
    {
        if (!TryGet(name, out var value) || value.IsNull)
            return null;
        if (value.TryGetInt(out var number) && number >= smallest && number <= largest)
            return (int)number;
        Wrong(name, $"'{name}' must be a whole number from {smallest} to {largest}.");
        return null;
    }

    /// <summary>True or false; false where there is neither.</summary>
    public bool Flag(string name)
    {
        if (!TryGet(name, out var value) || value.IsNull)
            return false;
        if (!value.TryGetBool(out var flag))
            Wrong(name, $"'{name}' must be true or false.");
        return flag;
    }

    /// <summary>An object, empty where there is none.</summary>
    public MapValue Map(string name)
    {
        if (!TryGet(name, out var value) || value.IsNull)
            return MapValue.Empty;
        if (value.TryGetMap(out var map))
            return map;
        Wrong(name, $"'{name}' must be an object.");
        return MapValue.Empty;
    }

    /// <summary>A list of texts, or null where there is none.</summary>
    public IReadOnlyList<string>? Texts(string name, int most, int longest)
    {
        if (!TryGet(name, out var value) || value.IsNull)
            return null;
        if (value.TryGetList(out var list) && list.Count <= most && list.All(item => item.TryGetString(out var text) && text.Length <= longest))
            return [.. list.Select(item => item.AsString())];
        Wrong(name, $"'{name}' must be a list of at most {most} texts of at most {longest} characters each.");
        return null;
    }

    /// <summary>A time, or null where there is none.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (!TryGet(name, out var value) || value.IsNull)
            return null;
        if (value.TryGetString(out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        Wrong(name, $"'{name}' must be a date and time such as 2026-01-31T08:00:00Z.");
        return null;
    }

    /// <summary>The fields of an object in the body.</summary>
    public static BodyFields Inside(MapValue map) => new(map);

    /// <summary>Refuses a field that this version cannot honour, rather than ignoring it.</summary>
    public void Refuse(string name, string why)
    {
        if (TryGet(name, out var value) && !value.IsNull)
            Wrong(name, why, "unsupported");
    }

    /// <summary>Refuses a body with fields of which none is known: what it means would be lost in silence.</summary>
    public void RequireAny(string advice, params ReadOnlySpan<string> names)
    {
        if (body.Count == 0)
            return;
        foreach (var name in names)
        {
            if (TryGet(name, out _))
                return;
        }
        (_problems ??= []).Add(new Problem("", "missing_field", advice));
    }

    private bool TryGet(string name, out Value value) => body.TryGet(name, out value) || (HasCapital(name) && body.TryGet(SnakeCase(name), out value));

    /// <summary>Notes that a field is wrong.</summary>
    public void Wrong(string name, string message, string code = "wrong_type") => (_problems ??= []).Add(new Problem("/" + name, code, message));

    private static bool HasCapital(string name) => name.AsSpan().ContainsAnyInRange('A', 'Z');

    private static string SnakeCase(string name)
    {
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
