using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>
/// Sets aside what a call is expected to spend, in all accounts or in none. <see cref="CommitResult.OverBudget"/> where a limit does not allow
/// it; <see cref="WriteOutcome.Done"/> once more where it is set aside already; <see cref="WriteOutcome.Duplicate"/> where it was settled. For a
/// stored execution (<see cref="Owner"/>): <see cref="WriteOutcome.NotFound"/>, <see cref="WriteOutcome.Terminal"/> where it has ended, and
/// <see cref="WriteOutcome.Fenced"/> where another owns it.
/// </summary>
/// <remarks>
/// Reserving and settling serialise on the accounts' rows. A store with several writers takes these in one order, by scope and then by period, so that no
/// two of them wait for each other.
/// </remarks>
/// <param name="tenant">Whose.</param>
/// <param name="reservation">What to set aside.</param>
/// <param name="owner">The epoch that must own the execution; null: it is not a stored one, and the reservation expires by itself.</param>
public sealed class ReserveBudget(string tenant, BudgetReservation reservation, long? owner = null) : Mutation(tenant)
{
    /// <summary>What to set aside.</summary>
    /// <exception cref="ArgumentException">It has neither an owner nor an expiry, or both; or it names an account twice.</exception>
    public BudgetReservation Reservation { get; } = Checked(reservation, owner);

    /// <summary>The epoch that must own the execution; null: it is not a stored one, and the reservation expires by itself.</summary>
    public long? Owner { get; } = owner;

    private static BudgetReservation Checked(BudgetReservation reservation, long? owner)
    {
        if (owner is null == reservation.ExpiresAt is null)
            throw new ArgumentException("A reservation either belongs to an execution that has an owner, or expires.", nameof(reservation));
        return reservation.Lines.DistinctBy(line => line.Account).Count() == reservation.Lines.Length ? reservation
            : throw new ArgumentException("A reservation names each account once.", nameof(reservation));
    }
}

/// <summary>
/// Charges what a call has spent that belongs to no stored execution; for others the commit that records it does
/// (<see cref="AdvanceExecution.Settlements"/>). It is never refused, however much was spent: the limits hold back later calls.
/// <see cref="WriteOutcome.NotFound"/> where nothing is reserved for it, <see cref="WriteOutcome.Duplicate"/> where it was settled before.
/// </summary>
public sealed class SettleBudget(string tenant, string executionId, BudgetSettlement settlement) : Mutation(tenant)
{
    /// <summary>The id that it was reserved under.</summary>
    public string ExecutionId { get; } = executionId;

    /// <summary>What was spent; nothing: the call was not made.</summary>
    public BudgetSettlement Settlement { get; } = settlement;
}

/// <summary>
/// Gives back what has expired, and removes accounts of periods that ended long ago. A bounded number of each, in
/// <see cref="CommitResult.Pruned"/> together.
/// </summary>
public sealed class PruneBudgets(DateTimeOffset now, DateTimeOffset endedBefore, int limit) : Mutation("")
{
    /// <summary>The time: what expires before it has expired.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>When the periods ended whose accounts nobody looks at any more.</summary>
    public DateTimeOffset EndedBefore { get; } = endedBefore;

    /// <summary>How many of each at most.</summary>
    public int Limit { get; } = limit;
}
