namespace Millrace.Engine.Storage.Mutations;

/// <summary>
/// One member of a batch: something to be written. Each is guarded, and succeeds or is refused alone. It never changes; what became of it is a
/// <see cref="CommitResult"/>. The set is closed.
/// </summary>
public abstract class Mutation
{
    private protected Mutation(string tenant) => Tenant = tenant;

    /// <summary>Whose data it writes; empty: more than one tenant's.</summary>
    public string Tenant { get; }

    /// <summary>The caller's key: a second mutation under the same key and scope writes nothing and ends as <see cref="WriteOutcome.Duplicate"/>.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>The id of what it wrote, which a second use of its idempotency key is answered with.</summary>
    public virtual string ResourceIdOf(CommitResult result) => "";
}
