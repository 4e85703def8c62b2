namespace Millrace.Nodes.Orchestration;

/// <summary>Where the sibling services are, as the operator configured them.</summary>
public sealed record ServiceSettings
{
    /// <summary>The settings' names, for messages.</summary>
    public const string OrchestratorUrlName = "ORCHESTRATOR_URL", OrchestratorTokenName = "ORCHESTRATOR_TOKEN",
        RagUrlName = "RAG_SERVICE_URL", RagTokenName = "RAG_SERVICE_TOKEN",
        ApiGatewayUrlName = "API_GATEWAY_URL", ApiGatewayTokenName = "API_GATEWAY_TOKEN";

    /// <summary>Where the Agent Orchestrator is; null: there is none.</summary>
    public Uri? OrchestratorUrl { get; init; }

    /// <summary>What this server shows it as its bearer token; null: nothing.</summary>
    public string? OrchestratorToken { get; init; }

    /// <summary>Where the RAG service is; null: there is none.</summary>
    public Uri? RagUrl { get; init; }

    /// <summary>What this server shows it as its bearer token; null: nothing.</summary>
    public string? RagToken { get; init; }

    /// <summary>Where the integration named gateway is; null: there is none.</summary>
    public Uri? ApiGatewayUrl { get; init; }

    /// <summary>What it is shown as a bearer token; null: nothing.</summary>
    public string? ApiGatewayToken { get; init; }

    internal ServiceEndpoint Orchestrator =>
        new("orchestrator", "Agent Orchestrator", OrchestratorUrl, OrchestratorToken, OrchestratorUrlName, OrchestratorTokenName);

    internal ServiceEndpoint Rag => new("rag", "RAG service", RagUrl, RagToken, RagUrlName, RagTokenName);
}

/// <summary>The address, token and settings of one service.</summary>
/// <param name="Name">The type of the failures that are its own.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Url">Where it is; null: it is not configured.</param>
/// <param name="Token">The bearer token for it; null: none.</param>
/// <param name="UrlSetting">The setting that the address comes from.</param>
/// <param name="TokenSetting">The setting that the token comes from.</param>
internal sealed record ServiceEndpoint(string Name, string Title, Uri? Url, string? Token, string UrlSetting, string TokenSetting)
{
    /// <summary>Why its nodes cannot run; null where they can.</summary>
    public string? Problem => Url is null ? $"The {Title} is not configured: set {UrlSetting} to its address." : null;
}
