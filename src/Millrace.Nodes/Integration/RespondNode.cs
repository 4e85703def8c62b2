using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Webhooks;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration;

internal sealed record RespondConfig
{
    [TemplatedField(typeof(int))]
    [Description("The status, 200 to 599. May be a template.")]
    public Value Status { get; init; } = 200;

    [Description("Headers of the response. Values may be templates.")]
    public IReadOnlyDictionary<string, Value>? Headers { get; init; }

    [Description(
        "The body: text is sent as text, a stored file {blob, ...} as its content, anything else as JSON. May be a template, or an "
        + "object or list with templates in it. By default, what arrives at the node.")]
    public Value Body { get; init; }
}

/// <summary>Answers whoever called the webhook that began the execution, which then goes on.</summary>
internal sealed class RespondNode : PureNodeType<RespondConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "respond",
        Aliases = ["respondToWebhook"],
        Title = "Respond",
        Summary = "Sends the response to the webhook request that started the execution, once it is stored. The execution continues with "
            + "`data`; the response is in `meta`. Only the first response counts; without a caller the node does nothing.",
        Category = "Integration",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(RespondConfig config, NodeCompilation compilation)
    {
        var status = compilation.Template(config.Status, "/status");
        var headers = compilation.Template(compilation.Field("headers"), "/headers");
        var body = compilation.Template(config.Body, "/body");
        if (status is { IsConstant: true } && !WebhookResponse.IsStatus(status.Source))
            compilation.Error("/status", "out_of_range", WebhookResponse.StatusRule);
        foreach (var (name, value) in config.Headers ?? ImmutableDictionary<string, Value>.Empty)
        {
            // Which headers are reserved may have changed since it was saved: the response goes without them then.
            if (compilation.IsSaved && WebhookResponse.HeaderProblem(name) is not null)
                continue;
            if (HeaderProblem(name, value.TryGetString(out var text) && text.Contains("{{", StringComparison.Ordinal) ? "" : Text.Of(value)) is { } problem)
                compilation.Error($"/headers/{JsonPointer.Escape(name)}", "invalid_value", problem);
        }
        return compilation.HasErrors ? null : new Logic(status!, headers!, config.Body.IsNull ? null : body);
    }

    private static string? HeaderProblem(string name, string value) =>
        WebhookResponse.HeaderProblem(name) ?? HttpCallBuilder.HeaderProblem(name, value);

    private sealed class Logic(Template status, Template headers, Template? body) : PureLogic, IRespondLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            var code = status.Evaluate(context.Scope);
            if (!code.Succeeded)
                return Failures.Of(code, "/status");
            if (!WebhookResponse.IsStatus(code.Value))
                return Failures.Data($"'status' is {Text.Of(code.Value)}. {WebhookResponse.StatusRule}");
            var head = headers.Evaluate(context.Scope);
            if (!head.Succeeded)
                return Failures.Of(head, "/headers");
            var logs = ImmutableArray.CreateBuilder<LogLine>();
            if (!TryGetHeaders(head.Value, logs, out var named, out var problem))
                return Failures.Data(problem!);
            var said = body?.Evaluate(context.Scope);
            if (said is { Succeeded: false } failed)
                return Failures.Of(failed, "/body");
            return new NodeOutcome
            {
                Output = context.Data,
                Meta = MapValue.Of(("status", code.Value), ("headers", named), ("body", said?.Value ?? context.Data)),
                Logs = logs.ToImmutable(),
            };
        }

        private static bool TryGetHeaders(Value value, ImmutableArray<LogLine>.Builder logs, out MapValue headers, out string? problem)
        {
            problem = null;
            var named = new MapBuilder();
            if (value.TryGetMap(out var map))
            {
                foreach (var entry in map.Entries)
                {
                    var name = entry.Key.AsString();
                    if (WebhookResponse.HeaderProblem(name) is { } reserved)
                    {
                        logs.Add(new LogLine("warn", $"{reserved} The response goes without it."));
                        continue;
                    }
                    problem ??= HttpCallBuilder.HeaderProblem(name, Text.Of(entry.Value));
                    if (!entry.Value.IsNull)
                        named.Set(name, Text.Of(entry.Value));
                }
            }
            headers = named.Build();
            return problem is null;
        }
    }
}
