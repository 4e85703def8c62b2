using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Webhooks;

namespace Millrace.Nodes.Integration;

internal sealed record WebhookConfig
{
    [Description("The path of its address: 'orders' is /webhooks/orders. Letters, digits, '-', '_', '.' and '~', with '/' between parts.")]
    public required string Path { get; init; }

    [Description("The accepted methods: GET, POST, PUT, PATCH, DELETE. By default, any.")]
    public IReadOnlyList<string>? Methods { get; init; }

    [SecretField]
    [TemplatedField(typeof(CallerAuth), Or = "none")]
    [Description(
        "Who may call: 'none' for everyone, or {type: basic | header | jwt | hmac, ...}. An unauthenticated request starts nothing.")]
    public Value Auth { get; init; }

    [Description("immediate: 202 with the execution's id. wait: the result of the execution. respond: the response of a respond node.")]
    public WebhookAnswer ResponseMode { get; init; }
}

/// <summary>
/// Where an HTTP request begins an execution. Its output is the input, which is the request: {method, path, query, headers, body}.
/// </summary>
internal sealed class WebhookNode : PureNodeType<WebhookConfig>
{
    private const int MaxPathLength = 200;
    private static readonly ImmutableArray<string> KnownMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "webhook",
        Title = "Webhook",
        Summary = "Starts the workflow when its address is called, and passes on the request.",
        Category = "Integration",
        Kind = NodeKind.Pure,
        Role = NodeRole.Start,
    };

    protected override PureLogic? Compile(WebhookConfig config, NodeCompilation compilation)
    {
        var path = config.Path.Trim('/');
        if (Schema.IsTemplate(config.Path) || path.Length is 0 or > MaxPathLength || !path.Split('/').All(WebhookPath.IsPart))
            compilation.Error(
                "/path",
                "invalid_value",
                $"'{config.Path}' cannot be a webhook's path: {WebhookPath.Rule}, {MaxPathLength} characters at most.");
        ImmutableArray<string> methods = [.. (config.Methods ?? []).Select(method => method.ToUpperInvariant())];
        for (var i = 0; i < methods.Length; i++)
        {
            if (!KnownMethods.Contains(methods[i], StringComparer.Ordinal))
                compilation.Error(
                    $"/methods/{i}",
                    "invalid_value",
                    $"'{config.Methods![i]}' is not a method that a webhook takes; use {string.Join(", ", KnownMethods)}.");
        }
        return new Logic(path, methods, CallerAuthentication.Compile(config.Auth, compilation), config.ResponseMode);
    }

    private sealed class Logic(
        string path, ImmutableArray<string> methods, CallerAuthentication? callers, WebhookAnswer answer) : PureLogic, IWebhookLogic
    {
        public string Path => path;

        public ImmutableArray<string> Methods => methods;

        public CallerAuthentication? Callers => callers;

        public WebhookAnswer Answer => answer;

        public override NodeOutcome Evaluate(NodeContext context) => NodeOutcome.Completed(context.Input);
    }
}
