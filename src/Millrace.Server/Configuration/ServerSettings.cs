using System.Collections.Immutable;
using System.Net;
using Millrace.Core.Definitions;
using Millrace.Engine.Retention;
using Millrace.Engine.Secrets;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Code;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Nodes.Orchestration;
using Millrace.Server.Hosting;

namespace Millrace.Server.Configuration;

/// <summary>How the server runs, checked: whatever holds one of these can rely on it.</summary>
internal sealed record ServerSettings
{
    public required ImmutableArray<ListenAddress> Addresses { get; init; }

    /// <summary>How the outside names this server, for links; null: as it is called.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>What links to this server begin with, without a slash at the end; null where that is known only once it listens.</summary>
    public string? OwnUrl => PublicUrl?.ToString().TrimEnd('/') ?? Addresses.FirstOrDefault(address => address.Port != 0)?.Url;

    public string DataDirectory { get; init; } = ".millrace";

    /// <summary>The SQLite file, where it is not to lie in the data directory.</summary>
    public string? DatabasePath { get; init; }

    /// <summary>Where plug-ins with node types of the operator's own lie; null: nowhere.</summary>
    public string? PluginsDirectory { get; init; }

    public AccessSettings Access { get; init; } = new();

    public LogSettings Logging { get; init; } = new();

    /// <summary>Which addresses workflows may call.</summary>
    public AddressGuard OutgoingAddresses { get; init; } = AddressGuard.PublicOnly;

    /// <summary>The proxy through which workflows call; null: none.</summary>
    public OutgoingProxy? OutgoingProxy { get; init; }

    /// <summary>Which language models there are.</summary>
    public ModelSettings Models { get; init; } = new();

    /// <summary>The S3 of storage nodes that name none.</summary>
    public S3Settings S3 { get; init; } = new();

    /// <summary>How code nodes run.</summary>
    public CodeSettings Code { get; init; } = new();

    /// <summary>Where the sibling services are.</summary>
    public ServiceSettings Services { get; init; } = new();

    /// <summary>The secrets of the environment.</summary>
    public ConfiguredSecrets Secrets { get; init; } = ConfiguredSecrets.None;

    /// <summary>How many executions of one tenant may be under way at once; null: any number.</summary>
    public int? TenantConcurrency { get; init; }

    /// <summary>How often executions of one tenant may start; null: as often as they like.</summary>
    public StartRateLimit? TenantStartRate { get; init; }

    /// <summary>How long what has ended is kept.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>Where sample workflows are looked for; null: there are none.</summary>
    public string? SamplesDirectory { get; init; }

    /// <summary>When the process ends itself, in a test; null: it does not.</summary>
    public CrashSwitch? CrashAt { get; init; }
}

/// <summary>An address and port to listen on.</summary>
/// <param name="Address">Null: localhost, IPv4 and IPv6.</param>
/// <param name="Port">0: any free one.</param>
internal sealed record ListenAddress(IPAddress? Address, int Port)
{
    /// <summary>How this machine itself reaches it.</summary>
    public string Url => Address is null || Address.Equals(IPAddress.Any) || Address.Equals(IPAddress.IPv6Any)
        ? $"http://localhost:{Port}"
        : $"http://{new IPEndPoint(Address, Port)}";

    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);
}

/// <summary>Who may do what.</summary>
internal sealed record AccessSettings
{
    /// <summary>The key of HS256 tokens; null: everybody who can connect is an administrator.</summary>
    public ImmutableArray<byte>? JwtSecret { get; init; }

    /// <summary>Whether tokens must expire, those of webhooks' callers included.</summary>
    public bool RequiresExpiry { get; init; } = true;

    /// <summary>Web origins, besides loopback ones, whose pages may call.</summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    /// <summary>The server's name as seen from outside; null: it has none.</summary>
    public string? PublicHost { get; init; }
}

/// <summary>What is logged, and how.</summary>
internal sealed record LogSettings
{
    public LogLevel Level { get; init; } = LogLevel.Information;

    public bool AsJson { get; init; }

    /// <summary>A file that gets every line as well; null: none.</summary>
    public string? File { get; init; }
}
