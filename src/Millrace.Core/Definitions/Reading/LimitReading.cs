namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads the settings that limit how many executions run and how often they start.</summary>
internal static class LimitReading
{
    /// <summary>Reads `concurrency`: a number, or {limit, key}.</summary>
    public static ConcurrencyLimit? Concurrency(Fields settings, ProblemList problems)
    {
        if (!settings.TryTake(out var field, "concurrency", "maxConcurrency"))
            return null;
        if (field.Value.TryGetInt(out var number))
            return new ConcurrencyLimit(Clamped(number));
        if (!field.Value.TryGetMap(out var map))
        {
            settings.WrongType(field, "a whole number, or an object such as {\"limit\": 1, \"key\": \"{{input.customer}}\"}");
            return null;
        }
        var fields = new Fields(map, field.At, problems);
        var limit = new ConcurrencyLimit(Limit(fields, problems), fields.Text("key"));
        fields.WarnAboutRest("concurrency", ["limit", "key"]);
        return limit;
    }

    /// <summary>Reads `rateLimit`: {limit, per, burst, key}.</summary>
    public static StartRateLimit? Rate(Fields settings, ProblemList problems)
    {
        if (settings.Map("rateLimit") is not { } field)
            return null;
        var fields = new Fields(field.Value.AsMap(), field.At, problems);
        var rate = new StartRateLimit(Limit(fields, problems), Per(fields, problems), fields.Integer("burst"), fields.Text("key"));
        fields.WarnAboutRest("rateLimit", ["limit", "per", "burst", "key"]);
        return rate;
    }

    /// <summary>Reads `budget`: {money, tokens, calls, onExceed}.</summary>
    public static SpendingLimit? Budget(Fields settings, ProblemList problems)
    {
        if (settings.Map("budget") is not { } field)
            return null;
        var fields = new Fields(field.Value.AsMap(), field.At, problems);
        var budget = new SpendingLimit(Money(fields), Whole(fields, "tokens"), Whole(fields, "calls"));
        if (fields.TryTake(out var exceed, "onExceed") && !exceed.Value.Equals("fail"))
            problems.Error(exceed.At, "unsupported", "Only \"fail\" is supported for 'onExceed'.", "fail");
        fields.WarnAboutRest("budget", ["money", "tokens", "calls", "onExceed"]);
        return budget;
    }

    private static decimal? Money(Fields fields)
    {
        if (!fields.TryTake(out var field, "money"))
            return null;
        if (field.Value.TryGetInt(out var whole))
            return whole;
        if (field.Value.TryGetDouble(out var amount) && Math.Abs(amount) <= DefinitionLimits.BudgetMoney)
            return (decimal)amount;
        fields.WrongType(field, $"a number of US dollars up to {DefinitionLimits.BudgetMoney:N0}");
        return null;
    }

    private static long? Whole(Fields fields, string name)
    {
        if (!fields.TryTake(out var field, name))
            return null;
        if (field.Value.TryGetInt(out var number))
            return number;
        fields.WrongType(field, "a whole number");
        return null;
    }

    private static TimeSpan Per(Fields fields, ProblemList problems)
    {
        if (!fields.TryTake(out var field, "per", "period"))
            problems.Error(fields.At, "missing_field", "A rateLimit needs 'per', the period of the limit, such as \"PT1M\".");
        else if (Durations.TryRead(field.Value, out var per))
        {
            if (Durations.Suspicion(field.Value, 1_000) is { } doubt)
                problems.Warn(field.At, "suspicious_duration", doubt);
            return per;
        }
        else
            fields.WrongType(field, Durations.Expected);
        return TimeSpan.FromSeconds(1);
    }

    // One that is missing is reported here; 1 keeps validation from reporting it again.
    private static int Limit(Fields fields, ProblemList problems)
    {
        if (!fields.TryTake(out var field, "limit"))
            problems.Error(fields.At, "missing_field", "A limit needs 'limit', a whole number.");
        else if (field.Value.TryGetInt(out var number))
            return Clamped(number);
        else
            fields.WrongType(field, "a whole number");
        return 1;
    }

    // What does not fit is out of range in any case, and validation says so.
    private static int Clamped(long number) => (int)Math.Clamp(number, int.MinValue, int.MaxValue);
}
