using System.Globalization;
using Millrace.Core.Definitions;

namespace Millrace.Server.Configuration;

/// <summary>
/// Settings as they were written. A reader that finds one wrong says so here, in a sentence that names it and says what to use instead.
/// </summary>
internal sealed class SettingValues(IConfiguration source)
{
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];

    /// <summary>Every setting, unknown ones too.</summary>
    public IEnumerable<KeyValuePair<string, string?>> All => source.AsEnumerable();

    /// <summary>What keeps the server from starting.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>What the operator should know.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    public void Problem(string sentence) => _problems.Add(sentence);

    public void Warning(string sentence) => _warnings.Add(sentence);

    /// <summary>A setting; null: it is not set. An empty one is how a template file says so.</summary>
    public string? Text(string name) => source[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    /// <summary>The parts of a setting, which commas separate.</summary>
    public string[] List(string name) =>
        (Text(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>A setting under the first of two names that is set.</summary>
    public (string Name, string? Value) First(string name, string otherwise) =>
        Text(name) is { } text ? (name, text) : (otherwise, Text(otherwise));

    /// <summary>An http or https address; null: it is not set, or wrong.</summary>
    public Uri? HttpUrl(string name, string example)
    {
        if (Text(name) is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            return uri;
        Problem($"{name} is '{text}'. Use an address such as {example}.");
        return null;
    }

    /// <summary>A duration; null: it is not set, or wrong.</summary>
    public TimeSpan? Duration(string name, TimeSpan least)
    {
        if (Text(name) is not { } text)
            return null;
        if (Durations.TryParse(text, out var duration) && duration >= least)
            return duration;
        Problem($"{name} is '{text}'. Use a duration of {Durations.ToIso(least)} or more, such as 24h.");
        return null;
    }

    /// <summary>Yes or no; null: it is not set, or wrong.</summary>
    public bool? Flag(string name)
    {
        switch (Text(name)?.ToLowerInvariant())
        {
            case null: return null;
            case "true" or "1": return true;
            case "false" or "0": return false;
            case var other:
                Problem($"{name} is '{other}'. Use true or false.");
                return null;
        }
    }

    /// <summary>A whole number; null: it is not set, or wrong.</summary>
    public int? Number(string name, int least, int most)
    {
        if (Text(name) is not { } given)
            return null;
        if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Problem($"{name} is '{given}'. Use a number from {least} to {most}.");
        return null;
    }

    /// <summary>A token as it stands in an HTTP header; null: it is not set, or wrong.</summary>
    public string? Token(string name)
    {
        if (Text(name) is not { } token)
            return null;
        if (token.All(c => c is > ' ' and < '\x7f'))
            return token;
        Problem($"{name} contains an invalid character. Use letters, digits and punctuation without spaces.");
        return null;
    }
}
