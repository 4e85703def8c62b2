using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Integrations;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration.Services;

internal sealed record IntegrationConfig
{
    [VerbatimField]
    [Description("The integration, by its name.")]
    public required string Service { get; init; }

    [VerbatimField]
    [Description(
        "The operation: the name of one of its operations or, if it has none, a method and a path, such as \"GET /customers/{id}\".")]
    public required string Operation { get; init; }

    [Description(
        "The params of the operation: those in the path are escaped; unused ones become query parameters for GET, HEAD, DELETE and "
        + "OPTIONS, and otherwise fields of the body.")]
    public IReadOnlyDictionary<string, Value>? Params { get; init; }
}

/// <summary>
/// Calls a service that was given a name, with its address, credentials and limits. Its output is {status, headers, body}.
/// </summary>
internal sealed class IntegrationNode(IntegrationDirectory directory, HttpRequests requests) : EffectNodeType<IntegrationConfig>
{
    /// <summary>The name of the type.</summary>
    public const string Type = "integration";

    /// <summary>The longest that one call may take.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(10);

    // The integration's own is the usual one.
    protected override TimeSpan? DefaultTimeout => MaxTimeout;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = Type,
        Title = "Integration",
        Summary =
            "Calls a service by its name: address, credentials and limits are kept apart from workflows. Returns status, headers and body.",
        Category = "Integration",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Keyed,
        RepetitionOf = static config => IsReading(((Value)config)["operation"]) ? Repetition.Harmless : Repetition.Keyed,
    };

    protected override void Check(NodeCompilation compilation)
    {
        foreach (var field in (string[])["service", "operation"])
        {
            if (Schema.IsTemplate(compilation.Field(field)))
                compilation.Error(
                    "/" + field,
                    "invalid_value",
                    $"'{field}' cannot be a template, because data must not decide which service gets credentials. Use a switch, and a "
                        + "node for each service.");
        }
        if (compilation.HasErrors)
            return;
        if (compilation.Field("service").TryGetString(out var service) && !IntegrationNames.IsName(service))
            compilation.Error("/service", "invalid_value", $"'{service}' cannot be an integration's name: {IntegrationNames.Rule}.");
        if (!compilation.Field("operation").TryGetString(out var operation) || IntegrationNames.IsName(operation))
            return;
        if (ServiceOperation.TryParse(operation, out var problem) is not { } parsed)
            compilation.Error("/operation", "invalid_value", problem!);
        else if (MissingParam(parsed, compilation.Field("params")) is { } missing)
            compilation.Error("/params", "missing_field", $"The operation '{operation}' needs the param '{missing}'.");
    }

    /// <summary>
    /// The first param that an operation needs and a config, templates and all, does not have; null: none, or it cannot be known.
    /// </summary>
    public static string? MissingParam(ServiceOperation operation, Value given) => Schema.IsTemplate(given)
        ? null
        : operation.Needed.FirstOrDefault(name => !given.TryGetMap(out var map) || !map.TryGet(name, out _));

    protected override async ValueTask<NodeOutcome> ExecuteAsync(
        IntegrationConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (await directory.FindAsync(context.Tenant, config.Service, cancellation) is not { } service)
            return NodeOutcome.Failed("unknown_integration", IntegrationDirectory.Missing(config.Service));
        if (service.Find(config.Operation, out var problem) is not { } operation)
            return NodeOutcome.Failed("unknown_operation", problem!);
        var values = config.Params is null ? MapValue.Empty : MapValue.Create(config.Params);
        if (service.TryBuild(operation, values, context, out var failure) is not { } request)
            return failure!;
        await context.WaitForTurnAsync(service.Limit.EnterAsync(context.Time, cancellation));
        try
        {
            return await SendAsync(service, request, context, cancellation);
        }
        finally
        {
            service.Limit.Leave();
        }
    }

    private async Task<NodeOutcome> SendAsync(Service service, HttpRequest request, EffectContext context, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(service.Document.Timeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await requests.SendAsync(request, context, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return NodeOutcome.Failed(
                "timeout",
                $"The integration '{service.Name}' took longer than its timeout of {Durations.ToIso(service.Document.Timeout)}.",
                retryable: true);
        }
    }

    private static bool IsReading(Value operation) =>
        operation.TryGetString(out var text) && text.Split(' ')[0].ToUpperInvariant() is "GET" or "HEAD" or "OPTIONS";
}
