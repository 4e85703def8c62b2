using Millrace.Server.Access;
using Millrace.Server.Configuration.ForNodes;
using Millrace.Server.Hosting;
using Millrace.Server.Limits;
using Millrace.Server.Plugins;
using Millrace.Server.Secrets;

namespace Millrace.Server.Configuration;

/// <summary>Checks settings, each section by its own reader. However many are wrong, all are told at once.</summary>
internal sealed class SettingsReader(IConfiguration source)
{
    private readonly SettingValues _values = new(source);

    /// <summary>What keeps the server from starting, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _values.Problems;

    /// <summary>What the operator should know, a sentence each.</summary>
    public IReadOnlyList<string> Warnings => _values.Warnings;

    /// <summary>The settings. Where there are problems they must not be used.</summary>
    public ServerSettings Read()
    {
        CheckUnsupported();
        var publicUrl = _values.HttpUrl(SettingNames.PublicUrl, "https://millrace.example.com");
        var data = _values.Text(SettingNames.Data) ?? ".millrace";
        var outgoing = new OutgoingReader(_values);
        var proxy = outgoing.Proxy();
        var limits = new TenantLimitReader(_values);
        var settings = new ServerSettings
        {
            Addresses = new ListenAddressReader(_values).Read(),
            PublicUrl = publicUrl,
            DataDirectory = data,
            DatabasePath = _values.Text(SettingNames.DatabasePath),
            PluginsDirectory = new PluginSettingsReader(_values).Directory(data),
            Access = new AccessSettingsReader(_values).Read(publicUrl),
            Logging = new LogSettingsReader(_values).Read(),
            Models = new ModelSettingsReader(_values).Read(),
            Code = new CodeSettingsReader(_values).Read(),
            Services = new ServiceSettingsReader(_values).Read(),
            S3 = new S3SettingsReader(_values).Read(),
            Secrets = new SecretSettingsReader(_values).Read(),
            OutgoingAddresses = outgoing.Addresses(),
            OutgoingProxy = proxy,
            Retention = new RetentionSettingsReader(_values).Read(),
            SamplesDirectory = _values.Text(SettingNames.Samples),
            TenantConcurrency = limits.Concurrency(),
            TenantStartRate = limits.StartRate(),
            CrashAt = CrashSwitch.Read(_values),
        };
        CheckExposure(settings);
        return settings;
    }

    private void CheckExposure(ServerSettings settings)
    {
        if (settings.Access.JwtSecret is null && settings.Addresses.FirstOrDefault(address => !address.IsLoopback) is { } open)
            _values.Problem(
                $"Listening on {open.Address} would open this server to everyone on the network. Set {SettingNames.JwtSecret}, "
                + "or listen on 127.0.0.1.");
    }

    private void CheckUnsupported()
    {
        new UnknownSettings(_values).Warn();
        var storage = _values.Text(SettingNames.Storage) ?? "sqlite";
        if (!string.Equals(storage, "sqlite", StringComparison.OrdinalIgnoreCase))
            _values.Problem($"{SettingNames.Storage} is '{storage}', which this version does not support. Use 'sqlite'.");
    }
}
