using System.Globalization;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Budgets;

/// <summary>What a node is told whose call no budget allows. Money is in US dollars, as everywhere outside of budgets' accounts.</summary>
internal static class BudgetExceeded
{
    public static NodeError Of(BudgetShortage shortage)
    {
        var scope = shortage.Account.Scope.Split(':')[0];
        var period = shortage.Account.Period;
        var (limit, used, reserved, asked) = (
            Text(shortage.Unit, shortage.Limit),
            Text(shortage.Unit, shortage.Used),
            Text(shortage.Unit, shortage.Reserved),
            Text(shortage.Unit, shortage.Asked));
        var when = period.Length == 0 ? "" : $" for {period}";
        return new NodeError(
            NodeError.BudgetExceeded,
            $"The budget of this {scope}{when} does not allow this call: its limit is {limit} {Name(shortage)}, {used} used, {reserved} "
                + $"reserved for calls under way, {asked} asked for.",
            Details: new MapBuilder().Set("scope", scope).SetIfPresent("period", period.Length == 0 ? Value.Null : period)
                .Set("unit", Field(shortage.Unit))
                .Set("limit", Number(shortage.Unit, shortage.Limit)).Set("used", Number(shortage.Unit, shortage.Used))
                .Set("reserved", Number(shortage.Unit, shortage.Reserved)).Set("asked", Number(shortage.Unit, shortage.Asked))
                .Build());
    }

    private static string Field(BudgetUnit unit) => unit switch
    {
        BudgetUnit.Money => "money",
        BudgetUnit.Tokens => "tokens",
        _ => "calls",
    };

    private static string Name(BudgetShortage shortage) => shortage.Unit switch
    {
        BudgetUnit.Money => "US dollars",
        BudgetUnit.Tokens => "tokens",
        _ => shortage.Limit == 1 ? "call" : "calls",
    };

    private static string Text(BudgetUnit unit, long amount) =>
        (
            unit == BudgetUnit.Money
                ? (decimal)amount / BudgetAmounts.PerDollar
                : amount).ToString("0.#########", CultureInfo.InvariantCulture);

    private static Value Number(BudgetUnit unit, long amount) =>
        unit == BudgetUnit.Money ? (double)((decimal)amount / BudgetAmounts.PerDollar) : amount;
}
