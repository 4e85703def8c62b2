using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;
using Millrace.Engine.Waits;

namespace Millrace.Engine.Workers;

/// <summary>An attempt that a worker makes: it waits at once. The commit that says so leaves the task in the queue.</summary>
internal sealed class WorkerEffect(WorkerType type, SecretTemplate template, Schema schema) : ExecutableEffect(template.Template, type.Timeout)
{
    internal override IEnumerable<string> SecretNames => template.Names;

    /// <inheritdoc/>
    public override ValueTask<NodeOutcome> RunAsync(Value input, EffectContext context, CancellationToken cancellation)
    {
        // Now, and not when a worker asks: what cannot be given to any worker fails where everybody looks.
        if (TryFill(input, context.Host.Secrets, out var config) is { } problem)
            return new(NodeOutcome.Failed(problem));
        if (schema.Validate(config) is [var first, ..])
            return new(NodeOutcome.Failed("config", $"The config of node '{context.NodeId}' is invalid at '{first.Pointer}' after its templates were rendered: {first.Message}"));
        DateTimeOffset? due = Timeout is { } timeout ? context.Time.GetUtcNow() + timeout : null;
        return new(new NodeOutcome { Wait = new NodeWait(NodeWait.Task, due, WaitAddress.NameOf(context.Attempt), MapValue.Of("type", type.Type)) });
    }

    /// <summary>The config with its secrets, as a worker gets it; otherwise why none may have it.</summary>
    /// <param name="input">The config as it was journaled.</param>
    /// <param name="secrets">The secrets of the tenant.</param>
    /// <param name="config">The config.</param>
    public NodeError? TryFill(Value input, TenantSecrets secrets, out Value config)
    {
        SecretHosts? bound = null;
        string? boundName = null;
        string? Use(string name)
        {
            if (secrets.HostsOf(name) is { IsAny: false } hosts)
                (bound, boundName) = (hosts, name);
            return secrets.Find(name);
        }
        if (!template.TryFill(input.IsNull ? MapValue.Empty : input, Use, out config, out var missing))
            return new NodeError("secret", secrets.Explain(missing!));
        return bound is null
            ? null
            : new NodeError(
                "secret",
                $"The secret '{boundName}' may be sent to {string.Join(", ", bound.Names)} only, and a worker could send it anywhere. "
                    + "Use a secret without hosts, or configure the secret in the worker.");
    }
}
