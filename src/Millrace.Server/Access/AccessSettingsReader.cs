using System.Collections.Immutable;
using System.Text;
using Millrace.Server.Configuration;

namespace Millrace.Server.Access;

/// <summary>Reads who may do what.</summary>
internal sealed class AccessSettingsReader(SettingValues values)
{
    public AccessSettings Read(Uri? publicUrl)
    {
        var algorithm = values.Text(SettingNames.JwtAlgorithm) ?? "HS256";
        if (!string.Equals(algorithm, "HS256", StringComparison.Ordinal))
            values.Problem($"{SettingNames.JwtAlgorithm} is '{algorithm}', which this version does not support. Use HS256.");
        if (values.Text(SettingNames.JwtJwksUrl) is not null)
            values.Problem($"{SettingNames.JwtJwksUrl} is not supported by this version. Use {SettingNames.JwtSecret} with HS256 tokens.");
        var secret = values.Text(SettingNames.JwtSecret);
        if (secret is not null && Encoding.UTF8.GetByteCount(secret) < 32)
            values.Warning($"{SettingNames.JwtSecret} is short enough to be guessed. Use 32 random bytes or more.");
        return new AccessSettings
        {
            JwtSecret = secret is null ? null : [.. Encoding.UTF8.GetBytes(secret)],
            RequiresExpiry = values.Flag(SettingNames.JwtRequireExpiry) ?? true,
            Origins = Origins(publicUrl),
            PublicHost = publicUrl?.Host,
        };
    }

    private ImmutableArray<string> Origins(Uri? publicUrl)
    {
        var origins = new List<string>();
        foreach (var text in values.List(SettingNames.CorsOrigins))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath is "/")
                origins.Add(uri.GetLeftPart(UriPartial.Authority));
            else
                values.Problem(
                    $"{SettingNames.CorsOrigins} has '{text}'. Use origins such as https://app.example.com, separated by commas.");
        }
        if (publicUrl is not null)
            origins.Add(publicUrl.GetLeftPart(UriPartial.Authority));
        return [.. origins];
    }
}
