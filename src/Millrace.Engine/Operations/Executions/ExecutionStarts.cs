using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Starts executions, and waits for them where the caller wants to.</summary>
public sealed class ExecutionStarts(WorkflowEngine engine, IStore store, ExecutionHistory history, Draining draining, TimeProvider time)
{
    /// <summary>The longest that a caller may wait for the end, in seconds.</summary>
    public const int MaxWait = 60;

    /// <summary>The most characters of a correlation id.</summary>
    public const int MaxCorrelationIdLength = 256;

    /// <summary>Starts an execution. Once it is done, the execution is stored and will run.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="command">The workflow, input and options of the start.</param>
    /// <param name="cancellation">Ends the waiting; the execution goes on.</param>
    /// <returns>The execution as it is when the waiting ends, its values in full.</returns>
    public async ValueTask<Outcome<ExecutionRecord>> StartAsync(Caller caller, StartCommand command, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        if (Check(command) is { } invalid)
            return invalid;
        var request = new StartRequest
        {
            Tenant = caller.Tenant,
            WorkflowId = command.WorkflowId,
            Input = command.Input,
            Inputs = command.Inputs,
            Variables = command.Variables,
            Version = command.Version,
            Priority = command.Priority,
            CorrelationId = command.CorrelationId,
            Idempotency = IdempotencyKey.In("execute/" + command.WorkflowId, command.Key),
        };
        return await StartAsync(request, caller.LimitWait(command.Wait, time.GetUtcNow()), cancellation);
    }

    /// <summary>Starts what another operation has checked already, and waits for its end for a while.</summary>
    internal async ValueTask<Outcome<ExecutionRecord>> StartAsync(StartRequest request, TimeSpan wait, CancellationToken cancellation)
    {
        if (!(await CreateAsync(request, cancellation)).IsDone(out var execution, out var refusal))
            return refusal;
        return await history.InFullAsync(wait > TimeSpan.Zero ? await WaitAsync(execution, wait, cancellation) : execution, cancellation);
    }

    /// <summary>Starts what another operation has checked already. The execution as stored.</summary>
    internal async ValueTask<Outcome<ExecutionRecord>> CreateAsync(StartRequest request, CancellationToken cancellation)
    {
        if (draining.Refuse() is { } refusal)
            return refusal;
        try
        {
            return await engine.StartAsync(request, cancellation) switch
            {
                StartOutcome.Accepted accepted => accepted.Execution,
                StartOutcome.Duplicate duplicate => await FindAsync(request.Tenant, duplicate.ExecutionId, cancellation),
                StartOutcome.NotFound when request.Version is { } version =>
                    new Refusal.NotFound($"version {version} of workflow", request.WorkflowId),
                StartOutcome.NotFound => new Refusal.NotFound("workflow", request.WorkflowId),
                StartOutcome.IsDraft =>
                    new Refusal.Conflict(
                        "draft",
                        $"Workflow '{request.WorkflowId}' is a draft and cannot run. Correct its problems and save it without "
                            + "?draft=true."),
                StartOutcome.Invalid invalid => new Refusal.Invalid(string.Join(' ', invalid.Problems.Select(Sentence)), invalid.Problems),
                var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
            };
        }
        catch (InvalidDataException e)
        {
            // It was valid when it was saved, by a program that knew other node types.
            return new Refusal.Conflict("unusable_version", e.Message);
        }
    }

    /// <summary>
    /// Waits for the end of an execution; as it is then, ended or not. Hanging up cancels nothing: only the waiting ends.
    /// </summary>
    internal async ValueTask<ExecutionRecord> WaitAsync(ExecutionRecord execution, TimeSpan wait, CancellationToken aborted)
    {
        if (execution.Status.IsTerminal())
            return execution;
        using var patience = new CancellationTokenSource(wait, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted, draining.Token);
        try
        {
            return await engine.WhenEndedAsync(execution.Tenant, execution.Id, giveUp.Token) ?? execution;
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // Time is up, or this server is about to end, or it has lost the execution to another: the caller is told how far it is.
            return await store.ReadExecutionAsync(execution.Tenant, execution.Id, aborted) ?? execution;
        }
    }

    private async ValueTask<Outcome<ExecutionRecord>> FindAsync(string tenant, string id, CancellationToken cancellation) =>
        await store.ReadExecutionAsync(tenant, id, cancellation) is { } execution ? execution : Deleted(id);

    /// <summary>Why a start under an idempotency key starts nothing and has nothing to show.</summary>
    internal static Refusal Deleted(string id) => new Refusal.Conflict(
        "deleted", $"The execution '{id}', which was started under this idempotency key, has been deleted. Use another key to start one.");

    private static Refusal? Check(StartCommand command) => new CommandCheck()
        .Text("/correlationId", command.CorrelationId, MaxCorrelationIdLength)
        .Range("/version", command.Version, 1, int.MaxValue)
        .Range("/priority", command.Priority, -DefinitionLimits.Priority, DefinitionLimits.Priority)
        .Refusal;

    // A schema says only "this"; everything else names its place itself.
    private static string Sentence(Problem problem) =>
        problem.Message.StartsWith("This ", StringComparison.Ordinal) ? $"{problem.Pointer}: {problem.Message}" : problem.Message;
}

/// <summary>A request to start an execution.</summary>
public sealed record StartCommand
{
    /// <summary>The workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>The version of it; null: the current one.</summary>
    public int? Version { get; init; }

    /// <summary>The input.</summary>
    public Value Input { get; init; }

    /// <summary>Input values for individual nodes, by node id.</summary>
    public MapValue Inputs { get; init; } = MapValue.Empty;

    /// <summary>Variables laid over the workflow's.</summary>
    public MapValue Variables { get; init; } = MapValue.Empty;

    /// <summary>Higher is claimed first; null: the workflow's.</summary>
    public int? Priority { get; init; }

    /// <summary>The caller's own id for it.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>How long to wait for its end, at most <see cref="ExecutionStarts.MaxWait"/> seconds; zero: not at all.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>The caller's idempotency key; null: none.</summary>
    public string? Key { get; init; }
}
