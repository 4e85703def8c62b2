using System.Collections.Immutable;

namespace Millrace.Engine.Secrets;

/// <summary>A tenant's secrets at one moment.</summary>
public sealed class TenantSecrets
{
    private readonly ImmutableDictionary<string, string> _values;
    private readonly ImmutableDictionary<string, string> _unreadable;
    private readonly ImmutableDictionary<string, SecretHosts> _hosts;

    internal TenantSecrets(ImmutableDictionary<string, string> values, ImmutableDictionary<string, string> unreadable, ImmutableDictionary<string, SecretHosts> hosts, SecretRedactor redactor) =>
        (_values, _unreadable, _hosts, Redactor) = (values, unreadable, hosts, redactor);

    /// <summary>A tenant without secrets.</summary>
    public static TenantSecrets None { get; } = new(
        ImmutableDictionary<string, string>.Empty,
        ImmutableDictionary<string, string>.Empty,
        ImmutableDictionary<string, SecretHosts>.Empty,
        SecretRedactor.None);

    /// <summary>Takes all of them out of log lines.</summary>
    public SecretRedactor Redactor { get; }

    /// <summary>Takes some of them, by name, out of what comes back from where they were sent.</summary>
    public SecretRedactor RedactorOf(IEnumerable<string> names)
    {
        var used = names.Distinct(StringComparer.Ordinal)
            .Select(name => KeyValuePair.Create(name, Find(name) ?? ""))
            .Where(secret => secret.Value.Length > 0)
            .ToArray();
        return used.Length == 0 ? SecretRedactor.None : new SecretRedactor(used);
    }

    /// <summary>The value of a secret; null where there is none. In the environment, api_key and api-key are both API_KEY.</summary>
    public string? Find(string name) => _values.GetValueOrDefault(name) ?? _values.GetValueOrDefault(SecretNames.InEnvironment(name));

    /// <summary>Where the secret that <see cref="Find"/> gives may be sent to.</summary>
    public SecretHosts HostsOf(string name) =>
        (_values.ContainsKey(name) ? _hosts.GetValueOrDefault(name) : _hosts.GetValueOrDefault(SecretNames.InEnvironment(name))) ?? SecretHosts.Any;

    /// <summary>Why <see cref="Find"/> gives no value, and what to do.</summary>
    public string Explain(string name) => _unreadable.GetValueOrDefault(name)
        ?? $"The secret '{name}' is not set. Set it with PUT /api/v1/secrets/{name}, or start the server with {SecretNames.InEnvironment(name)} in its environment.";
}

/// <summary>What secrets may be called.</summary>
public static class SecretNames
{
    /// <summary>What the names of environment variables that are secrets begin with.</summary>
    public const string EnvironmentPrefix = "MILLRACE_SECRET_";

    private const int Longest = 64;

    /// <summary>Whether a text can be a secret's name: what can stand behind "secrets." or in secrets['...'].</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= Longest && (char.IsAsciiLetter(text[0]) || text[0] is '_') && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>What workflows call the secret that is in an environment variable.</summary>
    public static string OfEnvironment(string variable) => variable[EnvironmentPrefix.Length..].ToLowerInvariant();

    /// <summary>The environment variable that a secret may be in.</summary>
    public static string InEnvironment(string name) => EnvironmentPrefix + name.ToUpperInvariant().Replace('-', '_');
}
