using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>What budgets have used, and what is reserved for calls under way.</summary>
internal sealed class BudgetTable
{
    private readonly Dictionary<(string Tenant, BudgetAccount Account), BudgetBalance> _accounts = [];
    private readonly Dictionary<(string Tenant, string ExecutionId, string Id), Row> _rows = [];

    public BudgetBalance Find(string tenant, BudgetAccount account) => _accounts.GetValueOrDefault((tenant, account));

    public IReadOnlyList<BudgetUse> List(string tenant, string? scope, Page page)
    {
        var uses = _accounts
            .Where(account => Same(account.Key.Tenant, tenant) && (scope is null || Same(account.Key.Account.Scope, scope)))
            .Select(account => new BudgetUse(account.Key.Account, account.Value))
            .OrderBy(use => use.Account.Scope, StringComparer.Ordinal).ThenBy(use => use.Account.Period, StringComparer.Ordinal);
        var after = page.After is { } text ? BudgetAccount.Parse(text) : null;
        return [.. uses.Where(use => after is null || ComesAfter(use.Account, after)).Skip(page.Offset).Take(page.Limit)];
    }

    public CommitResult Apply(MemoryStoreData data, ReserveBudget reserve)
    {
        var (tenant, reservation) = (reserve.Tenant, reserve.Reservation);
        if (reserve.Owner is { } owner)
        {
            if (data.Find(tenant, reservation.ExecutionId)?.Record is not { } execution)
                return CommitResult.Refused(WriteOutcome.NotFound);
            if (execution.Status.IsTerminal())
                return CommitResult.Refused(WriteOutcome.Terminal);
            if (execution.Owner != owner)
                return CommitResult.Refused(WriteOutcome.Fenced);
        }
        var key = (tenant, reservation.ExecutionId, reservation.Id);
        if (_rows.TryGetValue(key, out var known))
            return known.IsSettled ? new CommitResult.Duplicate(reservation.Id) : CommitResult.Done;
        foreach (var line in reservation.Lines)
        {
            if (Find(tenant, line.Account).ShortageOf(line, reservation.Estimate) is { } shortage)
                return new CommitResult.OverBudget(shortage);
        }
        foreach (var line in reservation.Lines)
            _accounts[(tenant, line.Account)] = Find(tenant, line.Account).Reserve(reservation.Estimate);
        _rows.Add(key, new Row([.. reservation.Lines.Select(line => line.Account)], reservation.Estimate, reservation.ExpiresAt, IsSettled: false));
        return CommitResult.Done;
    }

    public CommitResult Apply(SettleBudget settle) => Settle(settle.Tenant, settle.ExecutionId, settle.Settlement);

    public CommitResult Apply(PruneBudgets prune)
    {
        var expired = _rows.Where(row => row.Value.ExpiresAt <= prune.Now).OrderBy(row => row.Value.ExpiresAt).Take(prune.Limit).ToList();
        foreach (var (key, row) in expired)
            Remove(key, row);
        var old = _accounts.Where(account => account.Key.Account.EndsAt <= prune.EndedBefore && account.Value.Reserved == default).Take(prune.Limit).ToList();
        foreach (var (key, _) in old)
            _accounts.Remove(key);
        return new CommitResult.Pruned(Math.Max(expired.Count, old.Count));
    }

    /// <summary>Charges what calls of an execution have spent.</summary>
    public void Settle(string tenant, string executionId, IReadOnlyList<BudgetSettlement> settlements)
    {
        foreach (var settlement in settlements)
            Settle(tenant, executionId, settlement);
    }

    /// <summary>An execution has ended: nobody will settle what is still reserved for it.</summary>
    public void Ended(string tenant, string executionId)
    {
        foreach (var (key, row) in RowsOf(tenant, executionId).Where(row => !row.Value.IsSettled))
            Remove(key, row);
    }

    /// <summary>An execution is deleted, and its own account with it.</summary>
    public void Deleted(string tenant, string executionId)
    {
        foreach (var (key, row) in RowsOf(tenant, executionId))
            Remove(key, row);
        _accounts.Remove((tenant, BudgetAccount.OfExecution(executionId)));
    }

    private CommitResult Settle(string tenant, string executionId, BudgetSettlement settlement)
    {
        var key = (tenant, executionId, settlement.Id);
        if (!_rows.TryGetValue(key, out var row))
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (row.IsSettled)
            return new CommitResult.Duplicate(settlement.Id);
        var remaining = BudgetBalance.Remaining(row.Remaining, settlement);
        Change(tenant, row, settlement.Spent, BudgetBalance.Released(row.Remaining, remaining));
        _rows[key] = row with { Remaining = remaining, IsSettled = settlement.IsFinal };
        return CommitResult.Done;
    }

    private void Remove((string Tenant, string ExecutionId, string Id) key, Row row)
    {
        Change(key.Tenant, row, default, row.Remaining);
        _rows.Remove(key);
    }

    private void Change(string tenant, Row row, BudgetAmounts spent, BudgetAmounts released)
    {
        foreach (var account in row.Accounts)
            _accounts[(tenant, account)] = Find(tenant, account).Settle(spent, released);
    }

    private List<KeyValuePair<(string Tenant, string ExecutionId, string Id), Row>> RowsOf(string tenant, string executionId) =>
        [.. _rows.Where(row => Same(row.Key.Tenant, tenant) && Same(row.Key.ExecutionId, executionId))];

    private static bool ComesAfter(BudgetAccount one, BudgetAccount other) => string.CompareOrdinal(one.Scope, other.Scope) switch
    {
        0 => string.CompareOrdinal(one.Period, other.Period) > 0,
        var order => order > 0,
    };

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.Ordinal);

    private sealed record Row(IReadOnlyList<BudgetAccount> Accounts, BudgetAmounts Remaining, DateTimeOffset? ExpiresAt, bool IsSettled);
}
