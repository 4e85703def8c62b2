namespace Millrace.Engine.Storage;

/// <summary>The kinds of change that a store gives hints of. What <see cref="Change.Id"/> names depends on it.</summary>
public enum ChangeKind
{
    /// <summary>A workflow was saved, activated, deactivated or deleted. The id is the workflow's.</summary>
    Workflow,
    /// <summary>A secret was stored or deleted. The id is its name.</summary>
    Secret,
    /// <summary>An integration was saved or deleted. The id is its name.</summary>
    Integration,
    /// <summary>A tenant's workers have registered node types. The id is empty.</summary>
    WorkerTypes,
    /// <summary>Tasks of a type were queued or have ended. The id is the type, as <see cref="WorkerTypeRecord.Key"/>.</summary>
    Tasks,
    /// <summary>A message was left for an execution. The id is the execution's.</summary>
    ExecutionWoken,
    /// <summary>Events of an execution are in its journal. The id is the execution's.</summary>
    Journaled,
    /// <summary>An execution has ended; its last events are in its journal. The id is the execution's.</summary>
    ExecutionEnded,
    /// <summary>Executions that limits held back may start now: a claim would find them. Tenant and id are empty.</summary>
    Room,
}

/// <summary>A hint that something has changed. It says what to read again, never what it is now.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Tenant">Whose it is; empty: more than one tenant's.</param>
/// <param name="Id">Which one, as <see cref="ChangeKind"/> says; empty: it does not say.</param>
public readonly record struct Change(ChangeKind Kind, string Tenant, string Id);

/// <summary>
/// Hints about what was committed, by whichever owner of the store. A hint comes after its commit: whoever reads then sees the change. Hints
/// may be lost, late, repeated and out of order, so nothing may depend on one: a reader that has to be right polls as well, if only seldom.
/// </summary>
public interface IChanges
{
    /// <summary>
    /// Calls a listener with every hint of a kind from now on, until the result is disposed. It is called on the thread that commits, perhaps
    /// on several at once, so it must only hand over: it neither waits nor throws.
    /// </summary>
    IDisposable Listen(ChangeKind kind, Action<Change> listener);
}
