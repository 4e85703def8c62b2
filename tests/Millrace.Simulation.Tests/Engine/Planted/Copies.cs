using System.Collections.Immutable;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>Mutations that are the same but for one thing, which is the bug.</summary>
internal static class Copies
{
    public static AdvanceExecution With(
        this AdvanceExecution advance,
        long? owner = null,
        JournalEntry? entry = null,
        ImmutableArray<long>? consumed = null,
        IReadOnlyList<AppendInbox>? messages = null,
        bool keepsWakeTime = true,
        bool keepsRuns = true,
        IReadOnlyList<BudgetSettlement>? settlements = null) => new(advance.Tenant, advance.ExecutionId, owner ?? advance.Owner, advance.ExpectedSeq)
        {
            WorkflowId = advance.WorkflowId,
            Entry = entry ?? advance.Entry,
            Status = advance.Status,
            NewOwner = advance.NewOwner == 0 ? 0 : owner ?? advance.NewOwner,
            WakeAt = keepsWakeTime ? advance.WakeAt : null,
            CurrentStep = advance.CurrentStep,
            Version = advance.Version,
            TotalNodes = advance.TotalNodes,
            CompletedNodes = advance.CompletedNodes,
            StartedAt = advance.StartedAt,
            Update = advance.Update,
            ConsumedMessages = consumed ?? advance.ConsumedMessages,
            Messages = messages ?? advance.Messages,
            Waits = advance.Waits,
            GivenUp = advance.GivenUp,
            Settlements = settlements ?? advance.Settlements,
            Signals = advance.Signals,
            Snapshot = advance.Snapshot,
            Runs = keepsRuns ? advance.Runs : null,
            Blobs = advance.Blobs,
        };

    public static CreateExecution With(this CreateExecution create, Admission? admission, IdempotencyKey? key) => new(create.Execution, create.Entry)
    {
        Admission = admission,
        Idempotency = key,
        Messages = create.Messages,
        Waits = create.Waits,
        Snapshot = create.Snapshot,
        Runs = create.Runs,
        Blobs = create.Blobs,
    };
}
