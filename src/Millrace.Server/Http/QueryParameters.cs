using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using Millrace.Core.Values;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Http;

/// <summary>
/// Reads query parameters, and keeps the first that is wrong. The names are those that the route's description declares; they may also be written in
/// camelCase, and lists with [] behind the name, as many clients do.
/// </summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, StringValues> _given = new(ParameterNames.Comparer);
    private readonly RouteDescription? _route;

    public QueryParameters(HttpContext context)
    {
        _route = context.GetEndpoint()?.Metadata.GetMetadata<RouteDescription>();
        foreach (var (name, values) in context.Request.Query)
            _given[name] = _given.TryGetValue(name, out var others) ? StringValues.Concat(others, values) : values;
    }

    /// <summary>The first problem; null: none so far.</summary>
    public ProblemReply? Problem { get; private set; }

    /// <summary>A text; null: absent or empty.</summary>
    public string? Text(string name) => Values(name) is [.., { Length: > 0 } text] ? text : null;

    /// <summary>A text of at most so many characters; null: absent or empty.</summary>
    public string? Text(string name, int longest)
    {
        if (Text(name) is { } text && text.Length > longest)
            Wrong(name, $"'{name}' has {text.Length} characters; at most {longest} are allowed.");
        return Text(name);
    }

    /// <summary>A list, written as repeated parameters or with commas.</summary>
    public ImmutableArray<string> List(string name) =>
        [.. Values(name).SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    public bool Flag(string name)
    {
        switch (Text(name)?.ToLowerInvariant())
        {
            case null or "false" or "0": return false;
            case "true" or "1": return true;
            default:
                Wrong(name, $"'{name}' must be true or false.");
                return false;
        }
    }

    public int Integer(string name, int otherwise, int smallest, int largest) => (int)Long(name, otherwise, smallest, largest);

    public long Long(string name, long otherwise, long smallest, long largest)
    {
        if (Text(name) is not { } text)
            return otherwise;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= smallest && number <= largest)
            return number;
        Wrong(name, largest == long.MaxValue ? $"'{name}' must be a whole number, {smallest} or more." : $"'{name}' must be a whole number from {smallest} to {largest}.");
        return otherwise;
    }

    /// <summary>A length of time in seconds, fractions allowed; null: absent.</summary>
    public TimeSpan? Seconds(string name, int largest)
    {
        if (Text(name) is not { } text)
            return null;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0 && seconds <= largest)
            return TimeSpan.FromSeconds(seconds);
        Wrong(name, $"'{name}' must be a number of seconds from 0 to {largest}.");
        return null;
    }

    /// <summary>A time (RFC 3339); null: absent.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (Rfc3339.TryParse(text, out var time))
            return time;
        Wrong(name, $"'{name}' must be {Rfc3339.Expected}.");
        return null;
    }

    public void Wrong(string name, string detail) => Problem ??= ProblemReply.InvalidParameter(name, detail);

    private StringValues Values(string name)
    {
        // What a route reads and does not declare would be refused before it is read.
        if (_route is not null && !_route.Takes(name))
            throw new InvalidOperationException($"The route '{_route.Summary}' reads the query parameter '{name}' and does not declare it.");
        return _given.GetValueOrDefault(name);
    }
}

/// <summary>How names of query parameters are compared: page_size, pageSize and page_size[] are one name.</summary>
internal sealed class ParameterNames : IEqualityComparer<string>
{
    public static readonly ParameterNames Comparer = new();

    public bool Equals(string? one, string? other) => string.Equals(Plain(one), Plain(other), StringComparison.OrdinalIgnoreCase);

    public int GetHashCode(string name) => StringComparer.OrdinalIgnoreCase.GetHashCode(Plain(name)!);

    private static string? Plain(string? name) => (name is [.., '[', ']'] ? name[..^2] : name)?.Replace("_", "", StringComparison.Ordinal);
}
