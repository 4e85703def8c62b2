namespace Millrace.Nodes.Ai.OpenAi;

/// <summary>Where a provider of models is, as the operator configured it.</summary>
/// <param name="Name">The provider's name.</param>
/// <param name="Url">The address that "/chat/completions" follows.</param>
/// <param name="ApiKey">The key; null: none is needed.</param>
/// <param name="UrlSetting">The setting that the address comes from.</param>
/// <param name="KeySetting">The setting that the key comes from.</param>
internal sealed record ModelEndpoint(string Name, Uri Url, string? ApiKey, string UrlSetting, string KeySetting)
{
    private const string OpenAiHost = "api.openai.com";

    /// <summary>Where OpenAI itself is.</summary>
    public static readonly Uri OpenAiUrl = new($"https://{OpenAiHost}/v1");

    /// <summary>Whether this is OpenAI itself and not something compatible.</summary>
    public bool IsOpenAi => string.Equals(Url.Host, OpenAiHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>An address as configured; without a path it gets the usual one.</summary>
    public static Uri Complete(Uri url) => url.AbsolutePath is "/" ? new Uri(url, "/v1") : url;
}
