using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.History;

/// <summary>An execution as of one of its events, without its node runs.</summary>
public sealed record ExecutionMoment
{
    /// <summary>The execution, and the version that it ran then.</summary>
    public required ExecutionIdentity Identity { get; init; }

    /// <summary>The event.</summary>
    public required long Seq { get; init; }

    /// <summary>The status at that moment.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>The node that something had happened to last.</summary>
    public string? CurrentStep { get; init; }

    /// <summary>Top-level nodes in all.</summary>
    public int TotalNodes { get; init; }

    /// <summary>Of those, completed or skipped.</summary>
    public int CompletedNodes { get; init; }

    /// <summary>What it was started with.</summary>
    public Value Input { get; init; }

    /// <summary>The variables at that moment.</summary>
    public Value Variables { get; init; }

    /// <summary>Its result, once completed.</summary>
    public Value Result { get; init; }

    /// <summary>Its error, once failed or while it undoes what was done.</summary>
    public Value Error { get; init; }

    /// <summary>When it started; null before that.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null before that.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    internal static ExecutionMoment Of(ExecutionState state) => new()
    {
        Identity = state.Identity,
        Seq = state.Seq,
        Status = state.Status,
        CurrentStep = state.CurrentStep,
        TotalNodes = state.Graph.Size,
        CompletedNodes = state.CompletedNodes,
        Input = state.Start.Input,
        Variables = state.Variables,
        Result = state.Result,
        Error = state.Error?.ToValue() ?? Value.Null,
        StartedAt = state.StartedAt,
        CompletedAt = state.CompletedAt,
    };

    /// <param name="record">The execution, its large values in their places.</param>
    internal static ExecutionMoment Of(ExecutionRecord record) => new()
    {
        Identity = new ExecutionIdentity(record.Tenant, record.Id, record.WorkflowId, record.Version),
        Seq = record.Seq,
        Status = record.Status,
        CurrentStep = record.CurrentStep,
        TotalNodes = record.TotalNodes,
        CompletedNodes = record.CompletedNodes,
        Input = Parse(record.Input),
        Variables = record.Variables.IsEmpty ? MapValue.Empty : Parse(record.Variables),
        Result = Parse(record.Result),
        Error = Parse(record.Error),
        StartedAt = record.StartedAt,
        CompletedAt = record.CompletedAt,
    };

    private static Value Parse(JsonText json) => json.IsEmpty ? Value.Null : ValueJson.Parse(json.Utf8.Span);
}
