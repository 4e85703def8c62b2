using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Models;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Ai.Mock;

namespace Millrace.Nodes.Ai;

/// <summary>
/// Asks a language model once. The output is the text of the answer, or the JSON that it is; what the call took is in `meta`:
/// {text, model, usage, cost, finishReason, candidates}, cost in US dollars, 0 where the price is not known.
/// </summary>
internal sealed class LlmNode(ModelProviders providers) : EffectNodeType<LlmConfig>
{
    private const int CharactersPerToken = 4;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "llm",
        Aliases = ["ai_processing"],
        Title = "Language model",
        Summary = "Asks a language model and returns its answer, as text or as JSON.",
        Category = "Ai",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Costly,
        EstimateOf = Estimate,
    };

    protected override void Check(NodeCompilation compilation)
    {
        Refuse(compilation, "requirements", "a choice of model by requirements");
        Refuse(compilation, "tools", "tools");
        Refuse(compilation, "fallbacks", "fallback models");
        CheckModel(compilation);
        var schema = compilation.Field("schema");
        if (!schema.IsNull)
        {
            Schema.Compile(schema, out var problems);
            foreach (var problem in problems)
                compilation.Error("/schema" + problem.Pointer, "invalid_schema", problem.Message);
        }
        else if (compilation.Field("responseFormat").Equals("schema"))
            compilation.Error("", "missing_field", "The response format 'schema' needs a 'schema'.");
        MockScript.Check(compilation);
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(LlmConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (config.Model is not { Length: > 0 } model)
            return NodeOutcome.Failed(
                "config", $"Node '{context.NodeId}' has no model after its templates were filled in. Give it a 'model'.");
        if (providers.Find(model, out var problem) is not { } route)
            return NodeOutcome.Failed("model", problem!);
        var format = config.Schema.IsNull ? config.ResponseFormat : LlmResponseFormat.Schema;
        var schema = config.Schema.IsNull ? null : Schema.Compile(config.Schema, out _);
        var provider = route.Provider is MockProvider mock ? mock.Following(config.Mock) : route.Provider;
        var outcome = await provider.AskAsync(ToRequest(config, format, route, context), cancellation);
        return outcome is ModelOutcome.Answered answered
            ? Read(answered, format, schema, route, context)
            : NodeOutcome.Failed(((ModelOutcome.Failed)outcome).Error);
    }

    // Enough for a budget to hold back a call that is certain to pass it: how long an answer without 'max_tokens' will be, nobody knows.
    private Spending Estimate(MapValue config)
    {
        var fields = (Value)config;
        var usage = new TokenUsage(
            CharactersIn(config) / CharactersPerToken, fields["maxTokens"].TryGetInt(out var most) && most > 0 ? most : 0);
        var route = fields["model"].TryGetString(out var model) ? providers.Find(model, out _) : null;
        return new Spending(route?.Provider.PriceOf(route.Model)?.Of(usage) ?? 0, usage.PromptTokens, usage.CompletionTokens);
    }

    private static long CharactersIn(MapValue config)
    {
        var fields = (Value)config;
        var messages = fields["messages"].TryGetList(out var list) ? list.Sum(message => LengthOf(message["content"])) : 0;
        return messages + LengthOf(fields["system"]) + LengthOf(fields["prompt"]);
    }

    private static long LengthOf(Value text) => text.IsNull ? 0 : Text.Of(text).Length;

    private static ModelRequest ToRequest(LlmConfig config, LlmResponseFormat format, ModelRoute route, EffectContext context) => new()
    {
        Model = route.Model,
        Messages = MessagesOf(config, context.Data),
        Temperature = config.Temperature,
        MaxTokens = config.MaxTokens,
        Form = format switch { LlmResponseFormat.Json => AnswerForm.Json, LlmResponseFormat.Schema => AnswerForm.Schema, _ => AnswerForm.Text },
        Schema = config.Schema,
        OnToken = config.Stream ? context.Token : null,
        Attempt = context.Attempt,
        IdempotencyKey = context.IdempotencyKey,
    };

    private static ImmutableArray<ModelMessage> MessagesOf(LlmConfig config, Value data)
    {
        var messages = ImmutableArray.CreateBuilder<ModelMessage>();
        if (!config.System.IsNull)
            messages.Add(new(ModelRole.System, Text.Of(config.System)));
        foreach (var message in config.Messages ?? [])
            messages.Add(new(message.Role, Text.Of(message.Content)));
        if (!config.Prompt.IsNull)
            messages.Add(new(ModelRole.User, Text.Of(config.Prompt)));
        else if (config.Messages is not { Count: > 0 })
            messages.Add(new(ModelRole.User, Text.Of(data)));
        return messages.ToImmutable();
    }

    private static NodeOutcome Read(
        ModelOutcome.Answered answer, LlmResponseFormat format, Schema? schema, ModelRoute route, EffectContext context)
    {
        var meta = MetaOf(answer, route);
        if (!Answer.TryRead(answer.Text, format, schema, out var output, out var problem))
        {
            var cut = answer.FinishReason is "length" ? " The answer was truncated: raise 'max_tokens'." : "";
            return NodeOutcome.Failed(
                new NodeError(
                    "model_output", $"The answer of '{answer.Model}' cannot be used: {problem}.{cut}", Retryable: true, Details: meta));
        }
        if (answer.FinishReason is "length")
            context.Log(
                "warn",
                $"The answer of '{answer.Model}' was truncated after {answer.Usage.CompletionTokens} tokens; raise 'max_tokens' to get "
                    + "all of it.");
        return new NodeOutcome { Output = output, Meta = meta };
    }

    private static MapValue MetaOf(ModelOutcome.Answered answer, ModelRoute route) => MapValue.Of(
        ("text", answer.Text),
        ("model", answer.Model),
        ("usage", answer.Usage.ToValue()),
        ("cost", (double)(route.Provider.PriceOf(route.Model)?.Of(answer.Usage) ?? 0m)),
        ("finishReason", answer.FinishReason),
        ("candidates", Value.List(MapValue.Of(("provider", route.Provider.Name), ("model", route.Model), ("chosen", true)))));

    private void CheckModel(NodeCompilation compilation)
    {
        var model = compilation.Field("model");
        if (model.IsNull && compilation.Field("requirements").IsNull)
            compilation.Error(
                "", "missing_field", "An llm node needs a 'model', such as 'gpt-4o', or 'mock' to try the workflow without a provider.");
        else if (model.TryGetString(out var name) && !Schema.IsTemplate(model) && providers.Find(name, out var problem) is null)
            compilation.Warning("/model", "no_provider", problem!);
    }

    private static void Refuse(NodeCompilation compilation, string field, string what)
    {
        if (!compilation.Field(field).IsNull)
            compilation.Unsupported("/" + field, what);
    }
}
