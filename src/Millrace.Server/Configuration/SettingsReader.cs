using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Millrace.Core.Definitions;
using Millrace.Engine.Retention;
using Millrace.Engine.Secrets;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Ai.OpenAi;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Nodes.Orchestration;
using Millrace.Server.Access;

namespace Millrace.Server.Configuration;

/// <summary>Checks settings. Every wrong one is a sentence that names it and says what to use instead.</summary>
internal sealed class SettingsReader(IConfiguration source)
{
    private const int DefaultPort = 8001;

    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Problems => _problems;

    public IReadOnlyList<string> Warnings => _warnings;

    public ServerSettings Read()
    {
        CheckUnsupported();
        var publicUrl = HttpUrl(SettingNames.PublicUrl, "https://millrace.example.com");
        var proxy = OutgoingProxy();
        var settings = new ServerSettings
        {
            Addresses = Addresses(),
            PublicUrl = publicUrl,
            DataDirectory = Text(SettingNames.Data) ?? ".millrace",
            DatabasePath = Text(SettingNames.DatabasePath),
            PluginsDirectory = PluginsDirectory(),
            Access = Access(publicUrl),
            Logging = Logging(),
            Models = Models(),
            Code = new CodeSettingsReader(Text, _problems, _warnings).Read(),
            Services = Services(),
            S3 = S3(),
            Secrets = Secrets(proxy),
            OutgoingAddresses = OutgoingAddresses(),
            OutgoingProxy = proxy,
            Retention = Retention(),
            SamplesDirectory = Text(SettingNames.Samples),
            TenantConcurrency = TenantConcurrency(),
            TenantStartRate = TenantStartRate(),
        };
        if (settings.Access.JwtSecret is null && settings.Addresses.FirstOrDefault(address => !address.IsLoopback) is { } open)
            _problems.Add($"Listening on {open.Address} would open this server to everybody on the network. Set {SettingNames.JwtSecret}, or listen on 127.0.0.1.");
        return settings;
    }

    // The usual one need not be there.
    private string PluginsDirectory()
    {
        if (Text(SettingNames.PluginsDirectory) is not { } directory)
            return Path.Combine(Text(SettingNames.Data) ?? ".millrace", "plugins");
        if (!Directory.Exists(directory))
            _problems.Add($"{SettingNames.PluginsDirectory} is '{directory}', which is no directory. Make it, or leave the setting out.");
        return directory;
    }

    private void CheckUnsupported()
    {
        if (Text("MONGODB_URL") is not null)
            _warnings.Add($"MONGODB_URL is ignored: Millrace keeps its data in SQLite. Use {SettingNames.DatabasePath} or --data to say where.");
        if (Text("REDIS_HOST") is not null)
            _warnings.Add("REDIS_HOST is ignored: events are not sent to Redis by this version. Use /api/v1/events/stream to follow them.");
        var storage = Text(SettingNames.Storage) ?? "sqlite";
        if (!string.Equals(storage, "sqlite", StringComparison.OrdinalIgnoreCase))
            _problems.Add($"{SettingNames.Storage} is '{storage}', which this version does not support. Use 'sqlite'.");
    }

    private ImmutableArray<ListenAddress> Addresses()
    {
        if (Text(SettingNames.Urls) is { } urls)
            return [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(AddressOf).OfType<ListenAddress>()];
        var (hostName, host) = First(SettingNames.Host, SettingNames.ApiHost);
        var (portName, portText) = First(SettingNames.Port, SettingNames.ApiPort);
        var port = DefaultPort;
        if (portText is not null && (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > IPEndPoint.MaxPort))
            _problems.Add($"{portName} is '{portText}'. Use a number from 0 to {IPEndPoint.MaxPort}.");
        return Address(hostName, host ?? "127.0.0.1", port) is { } address ? [address] : [];
    }

    private ListenAddress? AddressOf(string url)
    {
        // '*' and '+' are how ASP.NET writes "every address"; a Uri has no word for it.
        var parsable = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(parsable, UriKind.Absolute, out var uri) || uri.Scheme is not "http" || uri.AbsolutePath is not "/")
        {
            _problems.Add($"--urls has '{url}'. Use addresses such as http://127.0.0.1:{DefaultPort}; for HTTPS, put a reverse proxy in front.");
            return null;
        }
        return Address("--urls", uri.Host.Trim('[', ']'), uri.Port);
    }

    private ListenAddress? Address(string name, string host, int port)
    {
        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
            return new ListenAddress(port == 0 ? IPAddress.Loopback : null, port);
        if (host is "*" or "+")
            return new ListenAddress(IPAddress.Any, port);
        if (IPAddress.TryParse(host, out var address))
            return new ListenAddress(address, port);
        _problems.Add($"{name} is '{host}'. Use an IP address of this machine, 'localhost', or 0.0.0.0 for all of them.");
        return null;
    }

    private AccessSettings Access(Uri? publicUrl)
    {
        var algorithm = Text(SettingNames.JwtAlgorithm) ?? "HS256";
        if (!string.Equals(algorithm, "HS256", StringComparison.Ordinal))
            _problems.Add($"{SettingNames.JwtAlgorithm} is '{algorithm}', which this version does not support. Use HS256.");
        if (Text(SettingNames.JwtJwksUrl) is not null)
            _problems.Add($"{SettingNames.JwtJwksUrl} is not supported by this version. Use {SettingNames.JwtSecret} with HS256 tokens.");
        var secret = Text(SettingNames.JwtSecret);
        if (secret is not null && Encoding.UTF8.GetByteCount(secret) < 32)
            _warnings.Add($"{SettingNames.JwtSecret} is short enough to be guessed. Use 32 random bytes or more.");
        return new AccessSettings { JwtSecret = secret is null ? null : [.. Encoding.UTF8.GetBytes(secret)], Origins = Origins(publicUrl) };
    }

    private ImmutableArray<string> Origins(Uri? publicUrl)
    {
        var origins = new List<string>();
        foreach (var text in ListOf(SettingNames.CorsOrigins))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath is "/")
                origins.Add(uri.GetLeftPart(UriPartial.Authority));
            else
                _problems.Add($"{SettingNames.CorsOrigins} has '{text}'. Use origins such as https://app.example.com, separated by commas.");
        }
        if (publicUrl is not null)
            origins.Add(publicUrl.GetLeftPart(UriPartial.Authority));
        return [.. origins];
    }

    private LogSettings Logging()
    {
        var format = Text(SettingNames.LogFormat) ?? "text";
        if (format.ToLowerInvariant() is not ("json" or "text"))
            _problems.Add($"{SettingNames.LogFormat} is '{format}'. Use 'json' or 'text'.");
        return new LogSettings
        {
            Level = Level(),
            AsJson = string.Equals(format, "json", StringComparison.OrdinalIgnoreCase),
            File = Text(SettingNames.LogFile),
        };
    }

    private LogLevel Level()
    {
        var isDebug = Text(SettingNames.Debug)?.ToLowerInvariant();
        if (isDebug is not (null or "true" or "false" or "1" or "0"))
            _problems.Add($"{SettingNames.Debug} is '{isDebug}'. Use true or false.");
        var level = Text(SettingNames.LogLevel);
        switch (level?.ToLowerInvariant())
        {
            case null: return isDebug is "true" or "1" ? LogLevel.Debug : LogLevel.Information;
            case "trace": return LogLevel.Trace;
            case "debug": return LogLevel.Debug;
            case "info" or "information": return LogLevel.Information;
            case "warn" or "warning": return LogLevel.Warning;
            case "error": return LogLevel.Error;
            case "critical" or "fatal": return LogLevel.Critical;
            case "none" or "off": return LogLevel.None;
            default:
                _problems.Add($"{SettingNames.LogLevel} is '{level}'. Use trace, debug, info, warning, error, critical or none.");
                return LogLevel.Information;
        }
    }

    private int? TenantConcurrency()
    {
        if (Text(SettingNames.TenantConcurrency) is not { } text)
            return null;
        if (Count(text) is { } count)
            return count;
        _problems.Add($"{SettingNames.TenantConcurrency} is '{text}'. Use a number from 1 to {DefinitionLimits.StartLimit}, or leave it out for no limit.");
        return null;
    }

    private StartRateLimit? TenantStartRate()
    {
        if (Text(SettingNames.TenantStartRate) is not { } text)
            return null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && Count(text[..slash]) is { } limit && Durations.TryParse(text[(slash + 1)..], out var per) && per > TimeSpan.Zero)
            return new StartRateLimit(limit, per);
        _problems.Add($"{SettingNames.TenantStartRate} is '{text}'. Use a number of starts and a time, such as 100/1s or 5000/1h, or leave it out for no limit.");
        return null;
    }

    private static int? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= DefinitionLimits.StartLimit ? count : null;

    private AddressGuard OutgoingAddresses()
    {
        try
        {
            return AddressGuard.Allowing(Text(AddressGuard.Setting));
        }
        catch (FormatException e)
        {
            _problems.Add(e.Message);
            return AddressGuard.PublicOnly;
        }
    }

    private ModelSettings Models()
    {
        string? wrong = null;
        var prices = Text(SettingNames.ModelPrices) is { } text ? ModelPrices.Parse(text, out wrong) : ModelPrices.None;
        if (prices is null)
            _problems.Add($"{SettingNames.ModelPrices} has '{wrong}'. Use US dollars per million tokens in and out, such as gpt-4o=2.5/10, separated by commas.");
        return new ModelSettings
        {
            OpenAiKey = Text(SettingNames.OpenAiKey),
            OpenAiUrl = HttpUrl(SettingNames.OpenAiUrl, "https://api.openai.com/v1"),
            ServiceUrl = HttpUrl(SettingNames.ModelServiceUrl, "http://localhost:8003/v1"),
            Prices = prices ?? ModelPrices.None,
        };
    }

    private ServiceSettings Services() => new()
    {
        OrchestratorUrl = HttpUrl(SettingNames.OrchestratorUrl, "http://localhost:8010"),
        OrchestratorToken = Token(SettingNames.OrchestratorToken),
        RagUrl = HttpUrl(SettingNames.RagUrl, "http://localhost:8011"),
        RagToken = Token(SettingNames.RagToken),
        ApiGatewayUrl = GatewayUrl(),
        ApiGatewayToken = Token(SettingNames.ApiGatewayToken),
    };

    private Uri? GatewayUrl()
    {
        var url = HttpUrl(SettingNames.ApiGatewayUrl, "https://gateway.example.com/api");
        if (url is null || url is { Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 })
            return url;
        _problems.Add($"{SettingNames.ApiGatewayUrl} has a query, a fragment, or a user in it. Leave these out, and give credentials as {SettingNames.ApiGatewayToken}.");
        return null;
    }

    private S3Settings S3()
    {
        var settings = new S3Settings
        {
            Endpoint = HttpUrl(SettingNames.S3Endpoint, "https://minio.example.com"),
            Region = Text(SettingNames.S3Region),
            AccessKeyId = Text(SettingNames.S3AccessKeyId),
            SecretAccessKey = Text(SettingNames.S3SecretAccessKey),
            // As the secrets of the environment: on a server of several tenants, others are let in by name.
            Tenants = ListOf(SettingNames.S3Tenants) is { Length: > 0 } tenants ? [.. tenants] : [Caller.DefaultTenant],
        };
        if (settings.AccessKeyId is null != settings.SecretAccessKey is null)
            _problems.Add($"Of {SettingNames.S3AccessKeyId} and {SettingNames.S3SecretAccessKey} only one is set. Set both, or neither.");
        return settings;
    }

    private string? Token(string name)
    {
        if (Text(name) is not { } token)
            return null;
        if (token.All(c => c is > ' ' and < '\x7f'))
            return token;
        _problems.Add($"{name} holds a character that no token has. Use letters, digits and punctuation without blanks.");
        return null;
    }

    // On a server of several tenants, those of the environment are the default one's.
    private ConfiguredSecrets Secrets(OutgoingProxy? proxy)
    {
        var values = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in source.AsEnumerable())
        {
            var name = key.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal).ToUpperInvariant();
            if (name.StartsWith(SecretNames.EnvironmentPrefix, StringComparison.Ordinal) && name.Length > SecretNames.EnvironmentPrefix.Length && !string.IsNullOrEmpty(value))
                values[name] = value;
        }
        var own = new[] { SettingNames.OpenAiKey, SettingNames.JwtSecret, SettingNames.OrchestratorToken, SettingNames.RagToken, SettingNames.ApiGatewayToken, SettingNames.S3SecretAccessKey }.Where(name => Text(name) is not null).ToImmutableDictionary(name => name, name => Text(name)!, StringComparer.Ordinal);
        if (proxy?.Password is { Length: > 0 } password)
            own = own.Add(SettingNames.HttpProxyUrl, password);
        return new ConfiguredSecrets(Caller.DefaultTenant, values.ToImmutable(), own)
        {
            Hosts = SecretHostsOf(values.Keys),
        };
    }

    private ImmutableDictionary<string, SecretHosts> SecretHostsOf(IEnumerable<string> secrets)
    {
        var bound = ImmutableDictionary.CreateBuilder<string, SecretHosts>(StringComparer.Ordinal);
        foreach (var part in ListOf(SettingNames.SecretHosts))
        {
            var (name, list) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var left, var right] ? (SecretNames.InEnvironment(left), right) : ("", "");
            var problem = name.Length == 0 || list.Length == 0 ? "Use the name of a secret and its hosts, such as api_key=api.example.com *.example.org, separated by commas."
                : !secrets.Contains(name, StringComparer.Ordinal) ? $"There is no {name} in the environment; a stored secret is bound by PUT /api/v1/secrets."
                : null;
            var hosts = problem is null ? Engine.Secrets.SecretHosts.TryParse(list.Split(' ', StringSplitOptions.RemoveEmptyEntries), out problem) : null;
            if (problem is not null)
                _problems.Add($"{SettingNames.SecretHosts} has '{part}'. {problem}");
            else
                bound[name] = hosts!;
        }
        return bound.ToImmutable();
    }

    private OutgoingProxy? OutgoingProxy()
    {
        if (Text(SettingNames.HttpProxyUrl) is not { } text)
            return null;
        var proxy = Nodes.Http.OutgoingProxy.TryParse(text);
        if (proxy is null)
            _problems.Add($"{SettingNames.HttpProxyUrl} is not the address of a proxy. Use one such as http://proxy.example.com:3128, or http://user:password@proxy.example.com:3128.");
        return proxy;
    }

    private RetentionOptions Retention()
    {
        var usual = new RetentionOptions();
        return usual with
        {
            Defaults = RetentionDefaults(),
            Interval = Duration(SettingNames.RetentionInterval, TimeSpan.FromSeconds(1)) ?? usual.Interval,
            IdempotencyKeys = Duration(SettingNames.IdempotencyRetention, TimeSpan.FromMinutes(1)) ?? usual.IdempotencyKeys,
            Events = Duration(SettingNames.EventRetention, TimeSpan.FromMinutes(1)) ?? usual.Events,
        };
    }

    private RetentionPolicy RetentionDefaults()
    {
        var policy = RetentionPolicy.Unsaid;
        foreach (var part in ListOf(SettingNames.Retention))
        {
            var (status, text) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var name, var value] ? (name.ToLowerInvariant(), value) : ("", part);
            RetentionPolicy? next = null;
            if (RetentionPolicy.TryParse(text, out var keep))
            {
                next = status switch
                {
                    "" => RetentionPolicy.Of(keep),
                    "completed" => policy with { Completed = keep },
                    "failed" => policy with { Failed = keep },
                    "cancelled" => policy with { Cancelled = keep },
                    _ => null,
                };
            }
            if (next is null)
                _problems.Add($"{SettingNames.Retention} has '{part}'. Use {RetentionPolicy.Expected}, or one for each status: completed=7d,failed=90d,cancelled=7d.");
            policy = next ?? policy;
        }
        return policy;
    }

    private TimeSpan? Duration(string name, TimeSpan least)
    {
        if (Text(name) is not { } text)
            return null;
        if (Durations.TryParse(text, out var duration) && duration >= least)
            return duration;
        _problems.Add($"{name} is '{text}'. Use a duration of {Durations.ToIso(least)} or more, such as 24h.");
        return null;
    }

    private Uri? HttpUrl(string name, string example)
    {
        if (Text(name) is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            return uri;
        _problems.Add($"{name} is '{text}'. Use an address such as {example}.");
        return null;
    }

    private string[] ListOf(string name) => (Text(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private (string Name, string? Value) First(string name, string otherwise) => Text(name) is { } text ? (name, text) : (otherwise, Text(otherwise));

    // An empty setting is how a template file says "not set".
    private string? Text(string name) => source[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;
}
