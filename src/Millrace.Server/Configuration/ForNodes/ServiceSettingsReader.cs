using Millrace.Nodes.Orchestration;

namespace Millrace.Server.Configuration.ForNodes;

/// <summary>Reads where the sibling services are.</summary>
internal sealed class ServiceSettingsReader(SettingValues values)
{
    public ServiceSettings Read() => new()
    {
        OrchestratorUrl = values.HttpUrl(SettingNames.OrchestratorUrl, "http://localhost:8010"),
        OrchestratorToken = values.Token(SettingNames.OrchestratorToken),
        RagUrl = values.HttpUrl(SettingNames.RagUrl, "http://localhost:8011"),
        RagToken = values.Token(SettingNames.RagToken),
        ApiGatewayUrl = GatewayUrl(),
        ApiGatewayToken = values.Token(SettingNames.ApiGatewayToken),
    };

    private Uri? GatewayUrl()
    {
        var url = values.HttpUrl(SettingNames.ApiGatewayUrl, "https://gateway.example.com/api");
        if (url is null || url is { Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 })
            return url;
        values.Problem(
            $"{SettingNames.ApiGatewayUrl} contains a query, a fragment, or a user. Remove these, "
            + $"and give credentials as {SettingNames.ApiGatewayToken}.");
        return null;
    }
}
