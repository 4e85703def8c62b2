using System.ClientModel;
using System.ClientModel.Primitives;
using Millrace.Engine.Models;
using Millrace.Nodes.Http;
using OpenAI;
using OpenAI.Chat;

namespace Millrace.Nodes.Ai.OpenAi;

/// <summary>
/// Anything that speaks OpenAI's chat completions. The official client keeps the connection, the credentials and the pipeline; the bodies
/// are ours, because compatible servers differ in ways that the client's own types reject (unknown finish reasons, absent fields).
/// </summary>
internal sealed class OpenAiProvider : ModelProvider
{
    private const string NoKey = "none";

    // OpenAI itself has none of these; a server that only speaks like it may have any.
    private static readonly string[] OtherMakers =
        ["claude", "gemini", "gemma", "llama", "mistral", "mixtral", "command-r", "deepseek", "qwen", "grok", "phi-", "nova-"];

    private readonly OpenAIClient _client;
    private readonly ModelEndpoint _endpoint;
    private readonly ModelPrices _prices;

    /// <summary>Creates a provider for an endpoint.</summary>
    /// <param name="endpoint">The address and key of the provider.</param>
    /// <param name="prices">What models cost there.</param>
    /// <param name="http">The operator named the address, so that it may be a private one: no guard of workflows' calls belongs
    /// here.</param>
    public OpenAiProvider(ModelEndpoint endpoint, ModelPrices prices, HttpClient http)
    {
        _endpoint = endpoint;
        _prices = prices;
        _client = new OpenAIClient(new ApiKeyCredential(endpoint.ApiKey ?? NoKey), new OpenAIClientOptions
        {
            Endpoint = endpoint.Url,
            Transport = new HttpClientPipelineTransport(http),
            // Retries and timeouts are the engine's: a second layer would multiply both.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        });
    }

    public override string Name => _endpoint.Name;

    public override bool Serves(string model) =>
        !_endpoint.IsOpenAi || !OtherMakers.Any(maker => model.Contains(maker, StringComparison.OrdinalIgnoreCase));

    public override ModelPrice? PriceOf(string model) => _prices.Find(model);

    public override async ValueTask<ModelOutcome> AskAsync(ModelRequest request, CancellationToken cancellation)
    {
        var options = new RequestOptions
        {
            CancellationToken = cancellation,
            BufferResponse = false,
            ErrorOptions = ClientErrorBehaviors.NoThrow,
        };
        if (request.IdempotencyKey is { } key)
            options.SetHeader("Idempotency-Key", key);
        using var body = BinaryContent.Create(BinaryData.FromBytes(ChatBody.Of(request, _endpoint.IsOpenAi)));
        try
        {
            var result = await _client.GetChatClient(request.Model).CompleteChatAsync(body, options);
            using var response = result.GetRawResponse();
            return await ReadAsync(request, response, cancellation);
        }
        catch (Exception e) when (
            e is HttpRequestException or IOException or ClientResultException && !cancellation.IsCancellationRequested)
        {
            return ModelFailures.OfTransport(Name, $"cannot be used at {_endpoint.Url}: {NetworkFailures.Explain(e)}.");
        }
    }

    private async ValueTask<ModelOutcome> ReadAsync(ModelRequest request, PipelineResponse response, CancellationToken cancellation)
    {
        if (response.Status is >= 300 and < 400)
            return ModelFailures.OfTransport(
                Name, $"redirects elsewhere ({response.Status}), which is not followed; set {_endpoint.UrlSetting} to the final address.");
        if (response.IsError)
            return await OpenAiErrors.ReadAsync(_endpoint, request.Model, response, cancellation);
        if (response.ContentStream is not { } stream)
            return ModelFailures.OfTransport(Name, "answered with nothing.");
        var outcome = request.OnToken is null
            ? await ChatAnswer.ReadAsync(stream, request.Model, cancellation)
            : await ChatStream.ReadAsync(stream, request, cancellation);
        return outcome switch
        {
            { Problem: { } problem } => ModelFailures.OfTransport(Name, problem),
            { Refusal: { Length: > 0 } refusal } => ModelFailures.OfFilteredAnswer(Name, request.Model, refusal),
            { FinishReason: "content_filter" } => ModelFailures.OfFilteredAnswer(Name, request.Model, null),
            _ => new ModelOutcome.Answered(outcome.Text, outcome.Model ?? request.Model, outcome.Usage, outcome.FinishReason ?? "stop"),
        };
    }
}

/// <summary>What an answer says, or why it cannot be read.</summary>
internal sealed record ChatReading(
    string Text = "",
    string? Model = null,
    TokenUsage Usage = default,
    string? FinishReason = null,
    string? Refusal = null,
    string? Problem = null);
