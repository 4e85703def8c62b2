using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Webhooks;
using Millrace.Nodes.Flow;

namespace Millrace.Nodes.Integration;

internal sealed record CallbackConfig
{
    [Description("The end of the address, if the other system needs one: 'payment' is /callbacks/TOKEN/payment.")]
    public string? Path { get; init; }

    [SecretField]
    [TemplatedField(typeof(CallerAuth), Or = "none")]
    [Description(
        "How the caller authenticates: {type: basic | header | jwt | hmac, ...}, as for a webhook. With 'none', everyone who has the "
        + "secret address may call.")]
    public Value Auth { get; init; }

    [TemplatedField(typeof(TimeSpan))]
    [Description("How long to wait; then the port 'timeout' is taken, or, without such an edge, the node fails. By default for ever.")]
    public Value Timeout { get; init; }
}

/// <summary>Waits until another program calls an address that was made for this very run of the node.</summary>
internal sealed class CallbackNode : WaitNodeType<CallbackConfig>
{
    private const int MaxPathLength = 200;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "callback",
        Aliases = ["waitForCallback"],
        Title = "Callback",
        Summary = "Waits for a request to its own address, `execution.links['its id']`, which an earlier node sends out, and returns "
            + "{method, path, query, headers, body}.",
        Category = "Integration",
        Kind = NodeKind.Wait,
        Ports = ["timeout"],
    };

    protected override WaitLogic? Compile(CallbackConfig config, NodeCompilation compilation)
    {
        var path = (config.Path ?? "").Trim('/');
        if (path.Length > MaxPathLength || Schema.IsTemplate(path) || (path.Length > 0 && !path.Split('/').All(WebhookPath.IsPart)))
            compilation.Error(
                "/path",
                "invalid_value",
                $"'{config.Path}' cannot end an address: {WebhookPath.Rule}, {MaxPathLength} characters at most.");
        var callers = CallerAuthentication.Compile(config.Auth, compilation);
        var timeout = WaitTimeout.Compile(config.Timeout, compilation);
        return timeout is null || compilation.HasErrors ? null : new Logic(path, callers, timeout);
    }

    private sealed class Logic(string path, CallerAuthentication? callers, WaitTimeout timeout) : WaitLogic, ICalledLogic
    {
        private static readonly string[] Fields = ["method", "path", "query", "headers", "body"];

        public CallerAuthentication? Callers => callers;

        public override WaitLink Link { get; } = new(LinkKind.Callback, path);

        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context)
        {
            if (!timeout.TryDueAt(context, out var due, out var failure))
                return (null, failure);
            var details = context.Link is { } url ? MapValue.Of("url", url) : Value.Null;
            return (new NodeWait(NodeWait.Callback, due, Details: details), null);
        }

        public override NodeOutcome OnDue(NodeContext context) => new() { Output = context.Data, TimedOut = true };

        public override NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message) => message.Kind is Delivery.Callback
            ? NodeOutcome.Completed(MapValue.Create(Fields.Select(field => KeyValuePair.Create(field, message.Payload[field]))))
            : null;
    }
}
