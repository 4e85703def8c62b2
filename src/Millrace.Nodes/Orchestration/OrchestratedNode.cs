using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Orchestration;

/// <summary>
/// A node whose work the Agent Orchestrator does, and nobody else. The output is its answer, what the answer took is in `meta`: {usage,
/// cost,
/// traceId}. Where the work takes longer, the orchestrator gives a task instead, and calls the node's own address when it is done.
/// </summary>
internal abstract class OrchestratedNode<TConfig>(ServiceClient orchestrator) : EffectNodeType<TConfig> where TConfig : class
{
    /// <summary>The field of the config that says whom to ask.</summary>
    protected abstract string NameField { get; }

    /// <summary>Whom to ask, by the config.</summary>
    protected abstract (string Name, Value Input) Ask(TConfig config);

    /// <summary>Where to ask, and what it is in words.</summary>
    /// <param name="name">The name, escaped.</param>
    protected abstract (string Path, string What) AddressOf(string name);

    protected override void Check(NodeCompilation compilation)
    {
        orchestrator.Check(compilation);
        var name = compilation.Field(NameField);
        if (name.TryGetString(out var text) && !Schema.IsTemplate(name) && NameProblem(text) is { } problem)
            compilation.Error("/" + NameField, "invalid_value", problem);
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(TConfig config, EffectContext context, CancellationToken cancellation)
    {
        var (name, input) = Ask(config);
        if (NameProblem(name) is { } problem)
            return NodeOutcome.Failed("config", problem);
        var (path, what) = AddressOf(Uri.EscapeDataString(name));
        var question = new MapBuilder().Set("input", input.IsNull ? context.Data : input).SetIfPresent("callbackUrl", context.CallbackUrl);
        var outcome = await orchestrator.AskAsync(path, $"{what} '{name}'", question, context, cancellation);
        return outcome switch
        {
            ServiceOutcome.Failed failed => NodeOutcome.Failed(failed.Error),
            ServiceOutcome.Answered { IsTask: true } begun => Wait(begun.Body, context),
            ServiceOutcome.Answered answered =>
                ServiceAnswer.Read(orchestrator.Service, answered.Body, "output", ServiceTrace.IdOf(context.ExecutionId), needsUsage: true),
            _ => throw new InvalidOperationException($"Unknown outcome {outcome.GetType().Name}."),
        };
    }

    protected override NodeOutcome OnCallback(NodeWait wait, Value call) =>
        ServiceAnswer.Read(
            orchestrator.Service,
            call["body"],
            "output",
            wait.Details["traceId"].TryGetString(out var trace) ? trace : "",
            needsUsage: true);

    private NodeOutcome Wait(Value body, EffectContext context)
    {
        if (context.CallbackUrl is null)
            return NodeOutcome.Failed(
                orchestrator.Service.Name,
                $"The {orchestrator.Service.Title} started a long task, but cannot call back: a node that is tested alone does not wait, "
                    + "and a process without an address cannot be called.");
        var details = new MapBuilder()
            .SetIfPresent("taskId", body["taskId"])
            .Set("traceId", ServiceTrace.IdOf(context.ExecutionId))
            .Build();
        return context.WaitForCallback(ServiceClient.MaxTaskTime, details);
    }

    // Whatever is in it, the name stays one part of the address.
    private string? NameProblem(string name) => name.Length is 0 or > ServiceClient.MaxNameLength || name is "." or ".."
        ? $"'{NameField}' is '{name}'; it must be a name of 1 to {ServiceClient.MaxNameLength} characters."
        : null;
}
