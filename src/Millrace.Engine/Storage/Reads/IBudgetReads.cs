using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads how the accounts of budgets stand.</summary>
public interface IBudgetReads
{
    /// <summary>What an account has used and reserved; zero where nothing was ever reserved in it.</summary>
    ValueTask<BudgetBalance> ReadBudgetAsync(string tenant, BudgetAccount account, CancellationToken cancellation = default);

    /// <summary>The accounts of a tenant, by scope and then by period. The cursor is an account as text.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="scope">Only those of this scope; null: all.</param>
    /// <param name="page">Which part.</param>
    /// <param name="cancellation">Ends the read.</param>
    ValueTask<IReadOnlyList<BudgetUse>> ListBudgetsAsync(string tenant, string? scope, Page page, CancellationToken cancellation = default);
}
