using System.Net;
using Microsoft.Extensions.Logging;
using Millrace.Core.Definitions;
using Millrace.Engine.Runtime;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;

namespace Millrace.Server.Tests.Configuration;

public sealed class SettingsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("millrace-settings-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private (ServerSettings Settings, IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings) Read(params string[] arguments)
    {
        var problems = new List<string>();
        var reader = new SettingsReader(SettingsSources.Read(arguments, _directory, problems));
        var settings = reader.Read();
        return (settings, [.. problems, .. reader.Problems], reader.Warnings);
    }

    [Fact]
    public void Without_settings_it_listens_on_loopback_8001()
    {
        var (settings, problems, _) = Read();
        Assert.Empty(problems);
        Assert.Equal(new ListenAddress(IPAddress.Loopback, 8001), settings.Addresses.Single());
        Assert.Equal(".millrace", settings.DataDirectory);
        Assert.Equal(LogLevel.Information, settings.Logging.Level);
    }

    [Fact]
    public void The_command_line_beats_the_settings_file_and_that_beats_the_env_file()
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), "# ports\nexport PORT=1001\nLOG_LEVEL=\"ERROR\"\nLOG_FORMAT=json # as Docker likes it\nDATA='a b'\n");
        Assert.Equal(1001, Read().Settings.Addresses.Single().Port);
        Assert.Equal(new LogSettings { Level = LogLevel.Error, AsJson = true }, Read().Settings.Logging);
        Assert.Equal("a b", Read().Settings.DataDirectory);
        File.WriteAllText(Path.Combine(_directory, "appsettings.json"), """{"Port": 1002, "log_level": "warn"}""");
        Assert.Equal(1002, Read().Settings.Addresses.Single().Port);
        Assert.Equal(LogLevel.Warning, Read().Settings.Logging.Level);
        Assert.Equal(1003, Read("--port", "1003").Settings.Addresses.Single().Port);
        Assert.Equal(1004, Read("--PORT=1004").Settings.Addresses.Single().Port);
    }

    [Fact]
    public void A_proxy_is_read_with_its_password()
    {
        Assert.Null(Read().Settings.OutgoingProxy);
        var (settings, problems, _) = Read("--http-proxy-url", "http://user:pass%2Fword@proxy.example.com:3128");
        Assert.Empty(problems);
        Assert.Equal(("proxy.example.com", 3128, "pass/word"), (settings.OutgoingProxy!.Host, settings.OutgoingProxy.Port, settings.OutgoingProxy.Password));
    }

    [Theory]
    [InlineData("--http-proxy-url", "proxy:3128")]
    [InlineData("--http-proxy-url", "https://proxy.example.com")]
    [InlineData("--secret-hosts", "token")]
    [InlineData("--secret-hosts", "token=")]
    [InlineData("--secret-hosts", "token=https://example.com")]
    [InlineData("--secret-hosts", "missing=example.com")]
    public void A_wrong_proxy_or_host_is_named_without_showing_a_password(string name, string value)
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), "MILLRACE_SECRET_TOKEN=abc\n");
        var problem = Assert.Single(Read(name, value).Problems);
        Assert.StartsWith(name[2..].ToUpperInvariant().Replace('-', '_'), problem);
    }

    [Fact]
    public void The_limits_of_tenants_are_numbers_and_times()
    {
        Assert.Equal((null, null), (Read().Settings.TenantConcurrency, Read().Settings.TenantStartRate));
        var (settings, problems, _) = Read("--tenant-concurrency", "50", "--tenant-start-rate", "100/1m");
        Assert.Empty(problems);
        Assert.Equal(50, settings.TenantConcurrency);
        Assert.Equal(new StartRateLimit(100, TimeSpan.FromMinutes(1)), settings.TenantStartRate);
    }

    [Theory]
    [InlineData("--tenant-concurrency", "0")]
    [InlineData("--tenant-concurrency", "many")]
    [InlineData("--tenant-concurrency", "1000001")]
    [InlineData("--tenant-start-rate", "100")]
    [InlineData("--tenant-start-rate", "/1s")]
    [InlineData("--tenant-start-rate", "0/1s")]
    [InlineData("--tenant-start-rate", "100/0")]
    [InlineData("--tenant-start-rate", "100/soon")]
    public void A_wrong_limit_of_tenants_is_named(string option, string value) =>
        Assert.Contains(option[2..].Replace('-', '_').ToUpperInvariant() + " is '", Assert.Single(Read(option, value).Problems));

    [Theory]
    [InlineData("BatchSettle:1")]
    [InlineData("batchsettled:1")]
    [InlineData("2:1")]
    [InlineData("BatchSettled")]
    [InlineData("BatchSettled:")]
    [InlineData("BatchSettled:0")]
    [InlineData("BatchSettled:-1")]
    [InlineData("BatchSettled:1:1")]
    public void A_wrong_moment_to_crash_at_is_named_with_those_that_there_are(string value)
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), $"MILLRACE_CRASH_AT={value}\n");
        var problem = Assert.Single(Read().Problems);
        Assert.StartsWith($"MILLRACE_CRASH_AT is '{value}'.", problem);
        Assert.All(Enum.GetNames<CrashPoint>(), name => Assert.Contains(name, problem));
    }

    [Fact]
    public void A_moment_to_crash_at_is_read_and_a_warning_says_so()
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), "MILLRACE_CRASH_AT=BatchSettled:3\n");
        var (settings, problems, _) = Read();
        Assert.Empty(problems);
        Assert.Equal(new CrashSwitch(CrashPoint.BatchSettled, 3), settings.CrashAt);
        var warnings = new WarningLog();
        settings.CrashAt!.Arm(warnings)(CrashPoint.Folded);
        Assert.Contains("MILLRACE_CRASH_AT is BatchSettled:3", Assert.Single(warnings.Lines));
    }

    private sealed class WarningLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                Lines.Add(formatter(state, exception));
        }
    }

    [Fact]
    public void Nothing_is_deleted_unless_a_setting_says_so()
    {
        var usual = Read().Settings.Retention;
        Assert.Equal(RetentionPolicy.Unsaid, usual.Defaults);
        Assert.Equal(TimeSpan.FromDays(1), usual.IdempotencyKeys);

        var (settings, problems, _) = Read("--retention", "completed=7d, failed=P90D,cancelled=forever", "--retention-interval=10s", "--idempotency-retention", "2h");
        Assert.Empty(problems);
        Assert.Equal(new RetentionPolicy(TimeSpan.FromDays(7), TimeSpan.FromDays(90), RetentionPolicy.Forever), settings.Retention.Defaults);
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromHours(2)), (settings.Retention.Interval, settings.Retention.IdempotencyKeys));
        Assert.Equal(RetentionPolicy.Of(TimeSpan.FromDays(30)), Read("--retention", "30d").Settings.Retention.Defaults);
    }

    [Theory]
    [InlineData("--retention", "30")]
    [InlineData("--retention", "running=1d")]
    [InlineData("--retention", "completed=")]
    [InlineData("--retention", "7d,soon")]
    [InlineData("--retention-interval", "1ms")]
    [InlineData("--idempotency-retention", "-1h")]
    public void A_retention_that_is_unclear_stops_the_start(string option, string value) =>
        Assert.Contains(option[2..].Replace('-', '_').ToUpperInvariant(), Assert.Single(Read(option, value).Problems));

    [Theory]
    [InlineData("http://127.0.0.1:9000", "127.0.0.1", 9000)]
    [InlineData("http://[::1]:9000/", "::1", 9000)]
    [InlineData("http://localhost:9000", null, 9000)]
    public void Urls_say_where_to_listen(string url, string? address, int port)
    {
        var (settings, problems, _) = Read("--urls", url);
        Assert.Empty(problems);
        Assert.Equal(new ListenAddress(address is null ? null : IPAddress.Parse(address), port), settings.Addresses.Single());
    }

    [Theory]
    [InlineData("--urls", "http://0.0.0.0:8001")]
    [InlineData("--urls", "http://*:8001")]
    [InlineData("--urls", "http://127.0.0.1:8001;http://+:80")]
    [InlineData("--host", "0.0.0.0")]
    [InlineData("--api-host", "::")]
    [InlineData("--host", "192.168.1.5")]
    public void Listening_to_the_network_takes_a_secret(string option, string value)
    {
        Assert.Contains("JWT_SECRET", Read(option, value).Problems.Single());
        Assert.Empty(Read(option, value, "--jwt-secret", "your-jwt-secret").Problems);
    }

    [Theory]
    [InlineData("PORT", "--port", "eighty")]
    [InlineData("PORT", "--port", "65536")]
    [InlineData("API_PORT", "--api-port", "-1")]
    [InlineData("HOST", "--host", "example.com")]
    [InlineData("--urls", "--urls", "https://localhost:1")]
    [InlineData("--urls", "--urls", "nonsense")]
    [InlineData("PUBLIC_URL", "--public-url", "example.com")]
    [InlineData("STORAGE", "--storage", "postgres")]
    [InlineData("JWT_ALGORITHM", "--jwt-algorithm", "none")]
    [InlineData("JWT_JWKS_URL", "--jwt-jwks-url", "https://x")]
    [InlineData("JWT_REQUIRE_EXPIRY", "--jwt-require-expiry", "never")]
    [InlineData("CORS_ORIGINS", "--cors-origins", "*")]
    [InlineData("LOG_LEVEL", "--log-level", "loud")]
    [InlineData("LOG_FORMAT", "--log-format", "xml")]
    [InlineData("DEBUG", "--debug", "maybe")]
    [InlineData("HTTP_ALLOWED_NETWORKS", "--http-allowed-networks", "10.0.0.0/99")]
    [InlineData("ORCHESTRATOR_URL", "--orchestrator-url", "localhost:8010")]
    [InlineData("ORCHESTRATOR_TOKEN", "--orchestrator-token", "two words")]
    [InlineData("RAG_SERVICE_URL", "--rag-service-url", "ftp://example.com")]
    [InlineData("RAG_SERVICE_TOKEN", "--rag-service-token", "größe")]
    [InlineData("API_GATEWAY_URL", "--api-gateway-url", "gateway")]
    [InlineData("API_GATEWAY_URL", "--api-gateway-url", "https://user:pw@gateway.example.com")]
    [InlineData("API_GATEWAY_URL", "--api-gateway-url", "https://gateway.example.com/?key=1")]
    [InlineData("API_GATEWAY_TOKEN", "--api-gateway-token", "größe")]
    [InlineData("PLUGINS_DIR", "--plugins-dir", "/nowhere/plugins")]
    [InlineData("--prot", "--prot", "1")]
    public void A_wrong_setting_is_one_sentence_that_names_it(string name, string option, string value)
    {
        var problem = Assert.Single(Read(option, value).Problems);
        Assert.Contains(name, problem);
    }

    [Fact]
    public void The_S3_of_the_server_is_the_default_tenant_s_unless_a_setting_says_otherwise()
    {
        Assert.Equal(["default"], Read("--s3-region", "r").Settings.S3.Tenants);
        Assert.Equal(["acme", "other"], Read("--s3-tenants", "acme, other").Settings.S3.Tenants);
    }

    [Fact]
    public void Plugins_lie_in_the_data_unless_a_setting_says_otherwise()
    {
        Assert.Equal(Path.Combine("there", "plugins"), Read("--data", "there").Settings.PluginsDirectory);
        Assert.Equal(_directory, Read("--data", "there", "--plugins-dir", _directory).Settings.PluginsDirectory);
    }

    [Fact]
    public void A_token_is_never_part_of_a_message() => Assert.DoesNotContain("two words", Assert.Single(Read("--orchestrator-token", "two words").Problems), StringComparison.Ordinal);

    [Fact]
    public void A_misspelt_option_gets_a_suggestion() => Assert.Contains("'--port'", Read("--prot", "1").Problems.Single());

    [Theory]
    [InlineData("--port")]
    [InlineData("8001")]
    [InlineData("--host", "--port")]
    public void A_command_line_that_is_none_is_refused(params string[] arguments) => Assert.NotEmpty(Read(arguments).Problems);

    [Fact]
    public void What_is_not_supported_gets_a_warning_that_says_what_to_use()
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), "MONGODB_URL=mongodb://localhost\nREDIS_HOST=localhost\nREDIS_PASSWORD=\n");
        var (_, problems, warnings) = Read();
        Assert.Empty(problems);
        Assert.Contains(warnings, warning => warning.Contains("MONGODB_URL", StringComparison.Ordinal) && warning.Contains("DATABASE_PATH", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.Contains("REDIS_HOST", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MONGODB_DB=flows", "MONGODB_DB is ignored: Millrace keeps its data in SQLite.")]
    [InlineData("ANTHROPIC_API_KEY=k", "ANTHROPIC_API_KEY is ignored: this version has no provider of its own for Anthropic.")]
    [InlineData("REDIS_PORT=1", "REDIS_PORT is ignored:")]
    [InlineData("ConnectionStrings__Postgres=x", "CONNECTIONSTRINGS__POSTGRES is ignored:")]
    [InlineData("LOG_LEVLE=debug", "LOG_LEVLE is ignored: there is no such setting. Did you mean LOG_LEVEL?")]
    [InlineData("OPENAI_APIKEY=k", "OPENAI_APIKEY is ignored: there is no such setting. Did you mean OPENAI_API_KEY?")]
    public void A_setting_that_nothing_reads_gets_a_warning(string line, string warning)
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), line + "\n");
        Assert.Contains(Read().Warnings, one => one.StartsWith(warning, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_that_are_none_of_ours_are_left_alone()
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), "HOSTNAME=x\nLOGNAME=x\nHOME=x\nPORTAL=x\nDATADOG_KEY=x\n");
        Assert.DoesNotContain(Read().Warnings, warning => warning.Contains("no such setting", StringComparison.Ordinal)
            && (warning.StartsWith("HO", StringComparison.Ordinal) || warning.StartsWith("LOGN", StringComparison.Ordinal)
                || warning.StartsWith("PORT", StringComparison.Ordinal) || warning.StartsWith("DATA", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_environment_goes_before_the_file()
    {
        var name = "MILLRACE_SECRET_" + Guid.NewGuid().ToString("N").ToUpperInvariant();
        File.WriteAllText(Path.Combine(_directory, ".env"), $"{name}=from the file\n");
        Assert.Equal("from the file", Read().Settings.Secrets.Values[name]);
        Environment.SetEnvironmentVariable(name, "from the environment");
        Assert.Equal("from the environment", Read().Settings.Secrets.Values[name]);
        Environment.SetEnvironmentVariable(name, null);
    }

    [Fact]
    public void The_settings_of_code_are_folders_that_are_there_and_one_that_is_gone_says_what_to_use()
    {
        var (settings, problems, warnings) = Read(
            "--code-python-packages", _directory, "--code-node-modules", Path.Combine(_directory, "none"), "--code-pool", "0");
        Assert.Equal((_directory, 0), (settings.Code.PythonPackages, settings.Code.Pool));
        Assert.StartsWith("CODE_NODE_MODULES", Assert.Single(problems));
        Assert.Empty(warnings);
        File.WriteAllText(Path.Combine(_directory, ".env"), "CODE_NODE=/usr/bin/node\n");
        Assert.Contains("CODE_NODE_MODULES", Assert.Single(Read().Warnings));
    }

    [Fact]
    public void A_damaged_settings_file_is_named()
    {
        File.WriteAllText(Path.Combine(_directory, "appsettings.json"), "{");
        Assert.Contains("appsettings.json", Read().Problems.Single());
        File.Delete(Path.Combine(_directory, "appsettings.json"));
        File.WriteAllText(Path.Combine(_directory, ".env"), "nonsense\n");
        Assert.Contains("Line 1", Read().Problems.Single());
    }

    [Fact]
    public void Networks_and_origins_are_lists()
    {
        var (settings, problems, _) = Read("--http-allowed-networks", "10.0.0.0/8, ::1/128", "--cors-origins", "https://a.example", "--public-url", "https://b.example/x");
        Assert.Empty(problems);
        Assert.Null(settings.OutgoingAddresses.RefusalOf(IPAddress.Parse("10.1.2.3")));
        Assert.NotNull(settings.OutgoingAddresses.RefusalOf(IPAddress.Parse("192.168.1.1")));
        Assert.Equal(["https://a.example", "https://b.example"], settings.Access.Origins);
    }
}
