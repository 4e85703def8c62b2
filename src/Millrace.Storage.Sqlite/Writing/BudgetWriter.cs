using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Reading;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Reserves what calls are expected to spend, and charges what they have spent.</summary>
internal sealed class BudgetWriter
{
    private readonly Statement _execution;
    private readonly Statement _balance;
    private readonly Statement _setBalance;
    private readonly Statement _find;
    private readonly Statement _insert;
    private readonly Statement _setRemaining;
    private readonly Statement _open;
    private readonly Statement _deleteOpen;
    private readonly Statement _deleteAll;
    private readonly Statement _deleteAccount;
    private readonly Statement _expired;
    private readonly Statement _deleteExpired;
    private readonly Statement _pruneAccounts;

    // Most stores never hold a reservation, or an account, which outlives them. Then the end of an execution asks for none.
    private bool _mayHold;

    public BudgetWriter(Connection connection)
    {
        _execution = connection.Prepare("select status, owner from executions where id = ? and tenant = ?");
        _balance = connection.Prepare(BudgetQueries.Select);
        _setBalance = connection.Prepare("""
            insert into budget_accounts (tenant, scope, period, used_money, used_tokens, used_calls, reserved_money, reserved_tokens, reserved_calls, ends_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (tenant, scope, period) do update set
              used_money = excluded.used_money, used_tokens = excluded.used_tokens, used_calls = excluded.used_calls,
              reserved_money = excluded.reserved_money, reserved_tokens = excluded.reserved_tokens, reserved_calls = excluded.reserved_calls
            """);
        _find = connection.Prepare("select id, money, tokens, calls, accounts, is_settled from budget_reservations where tenant = ? and execution_id = ? and id = ?");
        _insert = connection.Prepare(
            "insert into budget_reservations (tenant, execution_id, id, money, tokens, calls, accounts, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?)");
        _setRemaining = connection.Prepare(
            "update budget_reservations set money = ?, tokens = ?, calls = ?, is_settled = ? where tenant = ? and execution_id = ? and id = ?");
        _open = connection.Prepare("""
            select id, money, tokens, calls, accounts, is_settled from budget_reservations where tenant = ? and execution_id = ? and is_settled = 0
            """);
        _deleteOpen = connection.Prepare("delete from budget_reservations where tenant = ? and execution_id = ? and is_settled = 0");
        _deleteAll = connection.Prepare("delete from budget_reservations where tenant = ? and execution_id = ?");
        _deleteAccount = connection.Prepare("delete from budget_accounts where tenant = ? and scope = ? and period = ?");
        _expired = connection.Prepare("""
            select id, money, tokens, calls, accounts, is_settled, tenant, execution_id from budget_reservations
             where expires_at <= ? order by expires_at limit ?
            """);
        _deleteExpired = connection.Prepare("delete from budget_reservations where tenant = ? and execution_id = ? and id = ?");
        _pruneAccounts = connection.Prepare("""
            delete from budget_accounts where (tenant, scope, period) in
              (select tenant, scope, period from budget_accounts
                where ends_at <= ? and reserved_money = 0 and reserved_tokens = 0 and reserved_calls = 0 limit ?)
            """);
        _mayHold = Any(connection, "budget_reservations") || Any(connection, "budget_accounts");
    }

    private static bool Any(Connection connection, string table)
    {
        var any = connection.Prepare($"select 1 from {table} where tenant >= '' limit 1");
        var has = any.Step();
        any.Reset();
        return has;
    }

    public CommitResult Apply(ReserveBudget reserve)
    {
        var (tenant, reservation) = (reserve.Tenant, reserve.Reservation);
        if (reserve.Owner is { } owner && RefusalFor(tenant, reservation.ExecutionId, owner) is { } refusal)
            return refusal;
        if (Find(tenant, reservation.ExecutionId, reservation.Id) is { } known)
            return known.IsSettled ? new CommitResult.Duplicate(reservation.Id) : CommitResult.Done;

        var balances = new BudgetBalance[reservation.Lines.Length];
        for (var index = 0; index < balances.Length; index++)
        {
            balances[index] = BudgetQueries.Find(_balance, tenant, reservation.Lines[index].Account);
            if (balances[index].ShortageOf(reservation.Lines[index], reservation.Estimate) is { } shortage)
                return new CommitResult.OverBudget(shortage);
        }
        for (var index = 0; index < balances.Length; index++)
            Set(tenant, reservation.Lines[index].Account, balances[index].Reserve(reservation.Estimate));
        Insert(tenant, reservation);
        return CommitResult.Done;
    }

    public CommitResult Apply(SettleBudget settle) => Settle(settle.Tenant, settle.ExecutionId, settle.Settlement);

    public CommitResult Apply(PruneBudgets prune)
    {
        List<(string Tenant, string ExecutionId, Reservation Reservation)> expired = [];
        _expired.Bind(prune.Now).Bind(prune.Limit);
        while (_expired.Step())
            expired.Add((_expired.Text(6), _expired.Text(7), Read(_expired)));
        foreach (var (tenant, executionId, reservation) in expired)
        {
            GiveBack(tenant, reservation);
            _deleteExpired.Bind(tenant).Bind(executionId).Bind(reservation.Id).Run();
        }
        return new CommitResult.Pruned(Math.Max(expired.Count, _pruneAccounts.Bind(prune.EndedBefore).Bind(prune.Limit).Run()));
    }

    /// <summary>Charges what calls of an execution have spent.</summary>
    public void Settle(string tenant, string executionId, IReadOnlyList<BudgetSettlement> settlements)
    {
        if (!_mayHold)
            return;
        for (var index = 0; index < settlements.Count; index++)
            Settle(tenant, executionId, settlements[index]);
    }

    /// <summary>An execution has ended: nobody will settle what is still reserved for it.</summary>
    public void Ended(string tenant, string executionId)
    {
        if (!_mayHold)
            return;
        List<Reservation> open = [];
        _open.Bind(tenant).Bind(executionId);
        while (_open.Step())
            open.Add(Read(_open));
        if (open.Count == 0)
            return;
        foreach (var reservation in open)
            GiveBack(tenant, reservation);
        _deleteOpen.Bind(tenant).Bind(executionId).Run();
    }

    /// <summary>An execution is deleted, and its own account with it.</summary>
    public void Deleted(string tenant, string executionId)
    {
        if (!_mayHold)
            return;
        _deleteAll.Bind(tenant).Bind(executionId).Run();
        var account = BudgetAccount.OfExecution(executionId);
        _deleteAccount.Bind(tenant).Bind(account.Scope).Bind(account.Period).Run();
    }

    private CommitResult Settle(string tenant, string executionId, BudgetSettlement settlement)
    {
        if (Find(tenant, executionId, settlement.Id) is not { } reservation)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (reservation.IsSettled)
            return new CommitResult.Duplicate(settlement.Id);
        var remaining = BudgetBalance.Remaining(reservation.Remaining, settlement);
        Change(tenant, reservation, settlement.Spent, BudgetBalance.Released(reservation.Remaining, remaining));
        _setRemaining
            .Bind(remaining.Money).Bind(remaining.Tokens).Bind(remaining.Calls).Bind(settlement.IsFinal)
            .Bind(tenant).Bind(executionId).Bind(settlement.Id)
            .Run();
        return CommitResult.Done;
    }

    private void GiveBack(string tenant, Reservation reservation)
    {
        if (!reservation.IsSettled)
            Change(tenant, reservation, default, reservation.Remaining);
    }

    private void Change(string tenant, Reservation reservation, BudgetAmounts spent, BudgetAmounts released)
    {
        foreach (var account in reservation.Accounts)
            Set(tenant, account, BudgetQueries.Find(_balance, tenant, account).Settle(spent, released));
    }

    private CommitResult? RefusalFor(string tenant, string executionId, long owner)
    {
        if (!_execution.Bind(executionId).Bind(tenant).Step())
            return CommitResult.Refused(WriteOutcome.NotFound);
        var (status, current) = (_execution.Text(0), _execution.Long(1));
        _execution.Reset();
        if (StatusNames.ParseExecution(status)?.IsTerminal() == true)
            return CommitResult.Refused(WriteOutcome.Terminal);
        return current == owner ? null : CommitResult.Refused(WriteOutcome.Fenced);
    }

    private Reservation? Find(string tenant, string executionId, string id)
    {
        var found = _find.Bind(tenant).Bind(executionId).Bind(id).Step() ? Read(_find) : (Reservation?)null;
        _find.Reset();
        return found;
    }

    private void Insert(string tenant, BudgetReservation reservation)
    {
        var estimate = reservation.Estimate;
        var accounts = Value.List([.. reservation.Lines.Select(line => (Value)line.Account.ToString())]);
        _insert
            .Bind(tenant).Bind(reservation.ExecutionId).Bind(reservation.Id)
            .Bind(estimate.Money).Bind(estimate.Tokens).Bind(estimate.Calls)
            .Bind(new JsonText(accounts.ToUtf8())).Bind(reservation.ExpiresAt)
            .Run();
        _mayHold = true;
    }

    private void Set(string tenant, BudgetAccount account, BudgetBalance balance) => _setBalance
        .Bind(tenant).Bind(account.Scope).Bind(account.Period)
        .Bind(balance.Used.Money).Bind(balance.Used.Tokens).Bind(balance.Used.Calls)
        .Bind(balance.Reserved.Money).Bind(balance.Reserved.Tokens).Bind(balance.Reserved.Calls)
        .Bind(account.EndsAt)
        .Run();

    private static Reservation Read(Statement row) => new(
        row.Text(0),
        new BudgetAmounts(row.Long(1), row.Long(2), row.Long(3)),
        [.. ValueJson.Parse(row.Utf8(4)).AsList().Select(account => BudgetAccount.Parse(account.AsString()))],
        row.Bool(5));

    private readonly record struct Reservation(string Id, BudgetAmounts Remaining, ImmutableArray<BudgetAccount> Accounts, bool IsSettled);
}
