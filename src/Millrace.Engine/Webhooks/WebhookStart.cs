using System.Collections.Immutable;
using Millrace.Core.Definitions;

namespace Millrace.Engine.Webhooks;

/// <summary>Behaviour of a start node that HTTP requests reach.</summary>
public interface IWebhookLogic : ICalledLogic
{
    /// <summary>What it answers to, without a slash at either end.</summary>
    string Path { get; }

    /// <summary>The methods that it takes, in upper case; empty: any.</summary>
    ImmutableArray<string> Methods { get; }

    /// <summary>What the caller is answered.</summary>
    WebhookAnswer Answer { get; }
}

/// <summary>What the caller of a webhook is answered, and when.</summary>
public enum WebhookAnswer
{
    /// <summary>The execution's id, at once.</summary>
    Immediate,
    /// <summary>The execution's result, when it has ended.</summary>
    Wait,
    /// <summary>What a node of the execution says.</summary>
    Respond,
}

/// <summary>Behaviour of a node that answers the caller of the webhook: its meta is {status, headers, body}.</summary>
public interface IRespondLogic;

/// <summary>A webhook of an active workflow.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="NodeId">Its start node; null: whichever there are.</param>
/// <param name="Logic">What it answers to, and how.</param>
/// <param name="Config">Where it is configured in the workflow's document.</param>
public sealed record WebhookStart(string WorkflowId, string? NodeId, IWebhookLogic Logic, SourcePointer Config)
{
    /// <summary>Whether it takes a method.</summary>
    public bool Takes(string method) => Logic.Methods.IsEmpty || Logic.Methods.Contains(method, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the two are one.</summary>
    public bool Is(WebhookStart other) => string.Equals(WorkflowId, other.WorkflowId, StringComparison.Ordinal) && string.Equals(Config.Pointer, other.Config.Pointer, StringComparison.Ordinal);

    /// <summary>Whether some request would be both its and another's.</summary>
    public bool Overlaps(WebhookStart other) => string.Equals(Logic.Path, other.Logic.Path, StringComparison.Ordinal)
        && (Logic.Methods.IsEmpty || other.Logic.Methods.IsEmpty || Logic.Methods.Any(other.Takes));
}
