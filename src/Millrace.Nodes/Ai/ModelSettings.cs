using System.Diagnostics.CodeAnalysis;
using Millrace.Engine.Models;
using Millrace.Nodes.Ai.Mock;
using Millrace.Nodes.Ai.OpenAi;

namespace Millrace.Nodes.Ai;

/// <summary>Which providers of models there are, as the operator configured them.</summary>
public sealed record ModelSettings
{
    /// <summary>The settings' names, for messages.</summary>
    public const string OpenAiKeyName =
        "OPENAI_API_KEY", OpenAiUrlName = "OPENAI_BASE_URL", ServiceUrlName = "MODEL_SERVICE_URL", PricesName = "MODEL_PRICES";

    /// <summary>The key of OpenAI, or of what is at <see cref="OpenAiUrl"/>; null: none.</summary>
    public string? OpenAiKey { get; init; }

    /// <summary>Where an OpenAI-compatible API is; null: at OpenAI, if there is a key.</summary>
    public Uri? OpenAiUrl { get; init; }

    /// <summary>Where the provider named "service" is, which speaks OpenAI's API without a key; null: there is none.</summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>Prices that go before the known ones.</summary>
    public ModelPrices Prices { get; init; } = ModelPrices.None;

    /// <summary>Makes the providers, `mock` among them.</summary>
    /// <param name="time">The clock.</param>
    public ModelProviders CreateProviders(TimeProvider time)
    {
        var general = new List<ModelProvider>();
        var missing = new List<KeyValuePair<string, string>>();
        if (OpenAiKey is not null || OpenAiUrl is not null)
            general.Add(CreateProvider(new("openai", OpenAiUrl ?? ModelEndpoint.OpenAiUrl, OpenAiKey, OpenAiUrlName, OpenAiKeyName)));
        else
            missing.Add(new("openai", $"set {OpenAiKeyName} (and {OpenAiUrlName} for another OpenAI-compatible server)"));
        if (ServiceUrl is not null)
            general.Add(CreateProvider(new("service", ServiceUrl, null, ServiceUrlName, ServiceUrlName)));
        else
            missing.Add(new("service", $"set {ServiceUrlName} to an OpenAI-compatible server"));
        return new ModelProviders(general, [new MockProvider(time)], missing);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The client lives as long as the process.")]
    private OpenAiProvider CreateProvider(ModelEndpoint endpoint)
    {
        endpoint = endpoint with { Url = ModelEndpoint.Complete(endpoint.Url) };
        var prices = endpoint.IsOpenAi ? ModelPrices.OpenAi.With(Prices) : Prices;
        // A redirect would lead away from what the operator named, key and all.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        return new OpenAiProvider(endpoint, prices, new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan });
    }
}
