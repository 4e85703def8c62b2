using Millrace.Core.Expressions;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Checks the settings that limit how many executions run and how often they start.</summary>
internal static class LimitChecks
{
    public static void Run(Checking checking, SourcePointer settingsAt, WorkflowSettings settings)
    {
        if (settings.Concurrency is { } concurrency)
        {
            var at = checking.FieldAt(settingsAt, "concurrency", "maxConcurrency");
            Range(checking, checking.FieldAt(at, "limit"), "The concurrency", concurrency.Limit, DefinitionLimits.StartLimit);
            Key(checking, checking.FieldAt(at, "key"), concurrency.Key);
        }
        if (settings.RateLimit is { } rate)
        {
            var at = checking.FieldAt(settingsAt, "rateLimit");
            Range(checking, checking.FieldAt(at, "limit"), "The limit", rate.Limit, DefinitionLimits.StartLimit);
            if (rate.Per <= TimeSpan.Zero)
                checking.Error(checking.FieldAt(at, "per", "period"), "out_of_range", "The period of a rate limit must be positive.");
            if (rate.Burst is { } burst)
                Range(checking, checking.FieldAt(at, "burst"), "The burst", burst, Math.Clamp(rate.Limit, 1, DefinitionLimits.StartLimit));
            Key(checking, checking.FieldAt(at, "key"), rate.Key);
        }
        if (settings.Budget is { } budget)
            Budget(checking, checking.FieldAt(settingsAt, "budget"), budget);
    }

    private static void Budget(Checking checking, SourcePointer at, SpendingLimit budget)
    {
        if (budget == new SpendingLimit())
            checking.Error(at, "missing_field", "A budget needs 'money', 'tokens' or 'calls'.");
        if (budget.Money is < 0 or > DefinitionLimits.BudgetMoney)
            checking.Error(
                checking.FieldAt(at, "money"),
                "out_of_range",
                FormattableString.Invariant($"The money must be between 0 and {DefinitionLimits.BudgetMoney:N0} US dollars."));
        if (budget.Tokens is < 0 or > DefinitionLimits.BudgetCount)
            checking.Error(
                checking.FieldAt(at, "tokens"),
                "out_of_range",
                FormattableString.Invariant($"The tokens must be between 0 and {DefinitionLimits.BudgetCount:N0}."));
        if (budget.Calls is < 0 or > DefinitionLimits.BudgetCount)
            checking.Error(
                checking.FieldAt(at, "calls"),
                "out_of_range",
                FormattableString.Invariant($"The calls must be between 0 and {DefinitionLimits.BudgetCount:N0}."));
    }

    private static void Range(Checking checking, SourcePointer at, string what, int value, int most)
    {
        if (value < 1 || value > most)
            checking.Error(at, "out_of_range", FormattableString.Invariant($"{what} must be between 1 and {most:N0}."));
    }

    private static void Key(Checking checking, SourcePointer at, string? key)
    {
        if (key is null)
            return;
        if (LimitKey.Parse(key, out var problem) is not { } parsed)
            checking.Error(at, "invalid_expression", problem!);
        else if (parsed.IsConstant)
            checking.Warn(at, "constant_key", "The key is the same for all executions, so it has no effect.", Suggestion(key));
    }

    // An expression without its braces is the likeliest mistake.
    private static string Suggestion(string key) =>
        Expression.Parse(key, out _) is { References.IsEmpty: false } ? $"{{{{{key}}}}}" : "{{input.customer}}";
}
