using Millrace.Nodes.Integration;
using Millrace.Server.Access;

namespace Millrace.Server.Configuration.ForNodes;

/// <summary>Reads the S3 of storage nodes that name none.</summary>
internal sealed class S3SettingsReader(SettingValues values)
{
    public S3Settings Read()
    {
        var settings = new S3Settings
        {
            Endpoint = values.HttpUrl(SettingNames.S3Endpoint, "https://minio.example.com"),
            Region = values.Text(SettingNames.S3Region),
            AccessKeyId = values.Text(SettingNames.S3AccessKeyId),
            SecretAccessKey = values.Text(SettingNames.S3SecretAccessKey),
            // As the secrets of the environment: on a server of several tenants, others are let in by name.
            Tenants = values.List(SettingNames.S3Tenants) is { Length: > 0 } tenants ? [.. tenants] : [Caller.DefaultTenant],
        };
        if (settings.AccessKeyId is null != settings.SecretAccessKey is null)
            values.Problem($"Only one of {SettingNames.S3AccessKeyId} and {SettingNames.S3SecretAccessKey} is set. Set both or neither.");
        return settings;
    }
}
