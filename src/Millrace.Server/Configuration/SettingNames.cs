using Millrace.Nodes.Ai;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Nodes.Orchestration;

namespace Millrace.Server.Configuration;

/// <summary>The names of all settings. On the command line they are written in lower case, '-' or '_' alike.</summary>
internal static class SettingNames
{
    public const string Urls = "URLS";
    public const string Host = "HOST";
    public const string ApiHost = "API_HOST";
    public const string Port = "PORT";
    public const string ApiPort = "API_PORT";
    public const string PublicUrl = "PUBLIC_URL";
    public const string Data = "DATA";
    public const string DatabasePath = "DATABASE_PATH";
    public const string Storage = "STORAGE";
    public const string Retention = "RETENTION";
    public const string RetentionInterval = "RETENTION_INTERVAL";
    public const string IdempotencyRetention = "IDEMPOTENCY_RETENTION";
    public const string EventRetention = "EVENT_RETENTION";
    public const string JwtSecret = "JWT_SECRET";
    public const string JwtAlgorithm = "JWT_ALGORITHM";
    public const string JwtJwksUrl = "JWT_JWKS_URL";
    public const string JwtRequireExpiry = "JWT_REQUIRE_EXPIRY";
    public const string CorsOrigins = "CORS_ORIGINS";
    public const string LogLevel = "LOG_LEVEL";
    public const string LogFormat = "LOG_FORMAT";
    public const string LogFile = "LOG_FILE";
    public const string Debug = "DEBUG";
    public const string Samples = "SAMPLES";
    public const string SecretHosts = "SECRET_HOSTS";
    public const string HttpProxyUrl = OutgoingHttp.ProxySetting;
    public const string TenantConcurrency = "TENANT_CONCURRENCY";
    public const string TenantStartRate = "TENANT_START_RATE";
    public const string OpenAiKey = ModelSettings.OpenAiKeyName;
    public const string OpenAiUrl = ModelSettings.OpenAiUrlName;
    public const string ModelServiceUrl = ModelSettings.ServiceUrlName;
    public const string ModelPrices = ModelSettings.PricesName;
    public const string S3Endpoint = S3Settings.EndpointName;
    public const string S3Region = S3Settings.RegionName;
    public const string S3AccessKeyId = S3Settings.AccessKeyIdName;
    public const string S3SecretAccessKey = S3Settings.SecretAccessKeyName;
    public const string S3Tenants = S3Settings.TenantsName;
    public const string CodeSandbox = "CODE_SANDBOX";
    public const string CodePython = "CODE_PYTHON";
    public const string CodePythonPackages = "CODE_PYTHON_PACKAGES";
    public const string CodeNodeModules = "CODE_NODE_MODULES";
    public const string CodePool = "CODE_POOL";
    public const string CodeConcurrency = "CODE_CONCURRENCY";

    public const string PluginsDirectory = "PLUGINS_DIR";
    public const string OrchestratorUrl = ServiceSettings.OrchestratorUrlName;
    public const string OrchestratorToken = ServiceSettings.OrchestratorTokenName;
    public const string RagUrl = ServiceSettings.RagUrlName;
    public const string RagToken = ServiceSettings.RagTokenName;
    public const string ApiGatewayUrl = ServiceSettings.ApiGatewayUrlName;
    public const string ApiGatewayToken = ServiceSettings.ApiGatewayTokenName;

    private static readonly string[] All =
    [
        Urls, Host, ApiHost, Port, ApiPort, PublicUrl, Data, DatabasePath, Storage, Retention, RetentionInterval, IdempotencyRetention,
        EventRetention, JwtSecret, JwtAlgorithm, JwtJwksUrl, JwtRequireExpiry,
        CorsOrigins, LogLevel, LogFormat, LogFile, Debug, AddressGuard.Setting, HttpProxyUrl, SecretHosts, Samples,
        TenantConcurrency, TenantStartRate, OpenAiKey, OpenAiUrl, ModelServiceUrl, ModelPrices,
        CodeSandbox, CodePython, CodePythonPackages, CodeNodeModules, CodePool, CodeConcurrency,
        S3Endpoint, S3Region, S3AccessKeyId, S3SecretAccessKey, S3Tenants,
        OrchestratorUrl, OrchestratorToken, RagUrl, RagToken, ApiGatewayUrl, ApiGatewayToken, PluginsDirectory,
    ];

    /// <summary>What the options are called on the command line.</summary>
    public static IEnumerable<string> Options => All.Select(name => name.ToLowerInvariant().Replace('_', '-'));

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> Known => All;

    public static string? Find(string name) => Array.Find(All, known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));
}
