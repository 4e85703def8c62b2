using System.Text.Json;

namespace Millrace.Checking;

/// <summary>What budgets have used is what journals say was spent.</summary>
internal static class BudgetRules
{
    public static void Check(Evidence evidence, List<Violation> violations)
    {
        foreach (var budget in evidence.Budgets)
        {
            var charged = evidence.Executions.Where(execution => budget.Covers(execution)).ToList();
            var (money, tokens) = charged.SelectMany(execution => execution.Journal).Select(SpentBy).Aggregate((0m, 0L), (sum, one) => (sum.Item1 + one.Money, sum.Item2 + one.Tokens));
            if ((money, tokens) != (budget.Money, budget.Tokens))
                violations.Add(new("spent", budget.Scope, $"its account says {budget.Money} US dollars and {budget.Tokens} tokens, and the journals {money} and {tokens}"));
            if (budget.HasReserved && charged.TrueForAll(execution => execution.Row.IsTerminal))
                violations.Add(new("spent", budget.Scope, "something is still reserved, and all executions have ended"));
        }
    }

    private static (decimal Money, long Tokens) SpentBy(JournalEvent e) => e.Type switch
    {
        "node_completed" => In(Get(e.Data, "meta")),
        "node_failed" or "node_retrying" => In(Get(Get(e.Data, "error"), "details")),
        "step_completed" when Get(e.Data, "usage") is { ValueKind: JsonValueKind.Object } usage =>
            (usage.GetProperty("money").GetDecimal(), usage.GetProperty("tokensIn").GetInt64() + usage.GetProperty("tokensOut").GetInt64()),
        _ => default,
    };

    private static (decimal Money, long Tokens) In(JsonElement about) => Get(about, "usage") is { ValueKind: JsonValueKind.Object } usage
        ? (about.GetProperty("cost").GetDecimal(), usage.GetProperty("promptTokens").GetInt64() + usage.GetProperty("completionTokens").GetInt64())
        : default;

    private static JsonElement Get(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : default;
}
