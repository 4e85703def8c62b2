using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads how the accounts of budgets stand.</summary>
internal static class BudgetQueries
{
    /// <summary>One account.</summary>
    public const string Select = "select " + Columns + " from budget_accounts where tenant = ? and scope = ? and period = ?";

    private const string Columns = "used_money, used_tokens, used_calls, reserved_money, reserved_tokens, reserved_calls, scope, period";
    private const string FromTenant = "select " + Columns + " from budget_accounts where tenant = ?";

    public static BudgetBalance Find(Connection connection, string tenant, BudgetAccount account) => Find(connection.Prepare(Select), tenant, account);

    public static BudgetBalance Find(Statement select, string tenant, BudgetAccount account)
    {
        var balance = select.Bind(tenant).Bind(account.Scope).Bind(account.Period).Step() ? Balance(select) : default;
        select.Reset();
        return balance;
    }

    public static List<BudgetUse> List(Connection connection, string tenant, string? scope, Page page)
    {
        var query = new Query(FromTenant, tenant);
        if (scope is not null)
            query.With(" and scope = ?", scope);
        if (page.After is { } after && BudgetAccount.Parse(after) is var last)
            query.With(" and (scope, period) > (?", last.Scope).With(", ?)", last.Period);
        query.With(" order by scope, period").With(" limit ?", page.Limit).With(" offset ?", page.Offset);
        return query.Read(connection, static row => new BudgetUse(new BudgetAccount(row.Text(6), row.Text(7)), Balance(row)));
    }

    private static BudgetBalance Balance(Statement row) => new(
        new BudgetTotals(row.Long(0), row.Long(1), row.Long(2)),
        new BudgetTotals(row.Long(3), row.Long(4), row.Long(5)));
}
