using System.Collections.Immutable;
using Millrace.Engine.Secrets;
using Millrace.Server.Access;
using Millrace.Server.Configuration;

namespace Millrace.Server.Secrets;

/// <summary>Reads the secrets of the environment.</summary>
internal sealed class SecretSettingsReader(SettingValues values)
{
    // On a server of several tenants, those of the environment are the default one's.
    public ConfiguredSecrets Read()
    {
        var found = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in values.All)
        {
            var name = key.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal).ToUpperInvariant();
            var hasPrefix = name.StartsWith(SecretNames.EnvironmentPrefix, StringComparison.Ordinal);
            if (hasPrefix && name.Length > SecretNames.EnvironmentPrefix.Length && !string.IsNullOrEmpty(value))
                found[name] = value;
        }
        foreach (var name in found.Where(secret => secret.Value.Length < SecretRedactor.ShortestValue).Select(secret => secret.Key))
            values.Warning(
                $"{name} is shorter than {SecretRedactor.ShortestValue} characters, so it is not taken out of what effects return.");
        return new ConfiguredSecrets(Caller.DefaultTenant, found.ToImmutable())
        {
            Hosts = SecretHostsOf(found.Keys),
        };
    }

    private ImmutableDictionary<string, SecretHosts> SecretHostsOf(IEnumerable<string> secrets)
    {
        var bound = ImmutableDictionary.CreateBuilder<string, SecretHosts>(StringComparer.Ordinal);
        foreach (var part in values.List(SettingNames.SecretHosts))
        {
            var (name, list) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var left, var right]
                ? (SecretNames.InEnvironment(left), right)
                : ("", "");
            var problem = name.Length == 0 || list.Length == 0
                ? "Use the name of a secret and its hosts, such as api_key=api.example.com *.example.org, separated by commas."
                : secrets.Contains(name, StringComparer.Ordinal)
                    ? null
                    : $"There is no {name} in the environment; a stored secret is bound by PUT /api/v1/secrets.";
            var hosts = problem is null ? SecretHosts.TryParse(list.Split(' ', StringSplitOptions.RemoveEmptyEntries), out problem) : null;
            if (problem is not null)
                values.Problem($"{SettingNames.SecretHosts} has '{part}'. {problem}");
            else
                bound[name] = hosts!;
        }
        return bound.ToImmutable();
    }
}
