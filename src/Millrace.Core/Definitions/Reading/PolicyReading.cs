using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads the small policies that nodes and workflows share: retry, error handling, cache, compensation, in doubt.</summary>
internal static class PolicyReading
{
    private static readonly string[] RetryFields = ["maxAttempts", "maxRetries", "delay", "backoff", "maxDelay", "jitter", "errors"];
    private static readonly string[] ErrorActions = ["fail", "continue", "goto", "compensate"];

    /// <summary>Reads `retry`, or the seeds' bare `max_retries`: n repetitions are n + 1 attempts.</summary>
    public static RetryPolicy? Retry(Fields fields, ProblemList problems)
    {
        RetryPolicy? policy = null;
        if (fields.TryTake(out var field, "retry", "retryPolicy"))
            policy = RetryValue(field, fields, problems);
        return fields.Integer("maxRetries") is { } repetitions
            ? (policy ?? new RetryPolicy()) with { MaxAttempts = Attempts(repetitions) }
            : policy;
    }

    private static RetryPolicy? RetryValue(Field field, Fields owner, ProblemList problems)
    {
        if (field.Value.TryGetBool(out var enabled))
            return enabled ? new RetryPolicy() : RetryPolicy.None;
        if (field.Value.TryGetInt(out var repetitions))
            return new RetryPolicy { MaxAttempts = Attempts(repetitions) };
        if (field.Value.TryGetMap(out var map))
            return RetryObject(new Fields(map, field.At, problems), problems);
        owner.WrongType(field, "an object such as {\"maxAttempts\": 3}");
        return null;
    }

    private static RetryPolicy RetryObject(Fields fields, ProblemList problems)
    {
        var usual = new RetryPolicy();
        var attempts = fields.Integer("maxAttempts", "attempts");
        var repetitions = fields.Integer("maxRetries", "retries");
        var policy = new RetryPolicy
        {
            MaxAttempts = attempts ?? (repetitions is { } n ? Attempts(n) : usual.MaxAttempts),
            Delay = fields.Duration(20, "delay", "initialDelay") ?? usual.Delay,
            Backoff = fields.TryTake(out var backoff, "backoff")
                ? Choice<Backoff>(backoff, "unknown_backoff", problems) ?? usual.Backoff
                : usual.Backoff,
            MaxDelay = fields.Duration(20, "maxDelay") ?? usual.MaxDelay,
            Jitter = fields.Flag("jitter") ?? usual.Jitter,
            Errors = [.. Texts(fields.List(orOne: true, "errors", "retryOn"), fields)],
        };
        fields.WarnAboutRest("A retry policy", RetryFields);
        return policy;
    }

    /// <summary>Reads `onError`: a word, "goto:node", or an object; a strategy `retry` gives a policy as well.</summary>
    public static (ErrorHandling Handling, RetryPolicy? Retry)? OnError(Fields fields, ProblemList problems)
    {
        if (!fields.TryTake(out var field, "onError", "errorHandling"))
            return null;
        if (field.Value.TryGetString(out var text))
            return (Handling(text, null, field.At, problems), null);
        if (!field.Value.TryGetMap(out var map))
        {
            fields.WrongType(field, "one of fail, continue, goto:NODE, compensate, or an object");
            return (ErrorHandling.Fail, null);
        }
        return OnError(new Fields(map, field.At, problems), problems, field.At);
    }

    private static (ErrorHandling Handling, RetryPolicy? Retry) OnError(Fields fields, ProblemList problems, SourcePointer at)
    {
        var action = fields.Text("action", "strategy", "type");
        var target = fields.Label("target", "goto", "node", "fallback");
        if (action is not null && Naming.Same(action, "retry"))
        {
            var policy = RetryObject(fields, problems);
            return (target is null ? ErrorHandling.Fail : new ErrorHandling(ErrorAction.Goto, target), policy);
        }
        var retry = Retry(fields, problems);
        fields.WarnAboutRest("onError", ["action", "target", "retry"]);
        return (Handling(action ?? (target is null ? "fail" : "goto"), target, at, problems), retry);
    }

    private static ErrorHandling Handling(string action, string? target, SourcePointer at, ProblemList problems)
    {
        if (action.StartsWith("goto:", StringComparison.OrdinalIgnoreCase))
            (action, target) = ("goto", action["goto:".Length..].Trim());
        if (Enum.TryParse<ErrorAction>(action, ignoreCase: true, out var parsed) && !char.IsDigit(action[0]))
            return new ErrorHandling(parsed, parsed == ErrorAction.Goto ? target ?? "" : null);
        var suggestion = action.ToUpperInvariant() switch
        {
            "STOP" or "ABORT" or "HALT" or "THROW" => "fail",
            "IGNORE" or "SKIP" => "continue",
            "ROLLBACK" or "UNDO" => "compensate",
            _ => problems.Suggestions.Closest(action, ErrorActions),
        };
        problems.Error(
            at, "unknown_error_action", $"'{action}' is not an error action; use fail, continue, goto:NODE or compensate.", suggestion);
        return ErrorHandling.Fail;
    }

    /// <summary>Reads `cache`: a key, or {key, ttl, name}; an hour where no ttl is given.</summary>
    public static CachePolicy? Cache(Fields fields, ProblemList problems)
    {
        var usual = TimeSpan.FromHours(1);
        if (!fields.TryTake(out var field, "cache"))
            return null;
        if (field.Value.TryGetString(out var key))
            return new CachePolicy(key, usual);
        if (!field.Value.TryGetMap(out var map))
        {
            fields.WrongType(field, "a key, or an object {key, ttl, name}");
            return null;
        }
        var inner = new Fields(map, field.At, problems);
        var policy = new CachePolicy(inner.Text("key") ?? "", inner.Seconds("ttl") ?? usual, inner.Text("name"));
        inner.WarnAboutRest("cache", ["key", "ttl", "name"]);
        return policy;
    }

    /// <summary>Reads a condition: an expression, {expression}, or {field, operator, value}.</summary>
    public static string? Condition(Fields fields, ProblemList problems, params ReadOnlySpan<string> names)
    {
        if (!fields.TryTake(out var field, names))
            return null;
        if (field.Value.TryGetString(out var expression))
            return expression;
        if (!field.Value.TryGetMap(out var map))
        {
            fields.WrongType(field, "an expression, or an object {field, operator, value}");
            return null;
        }
        var inner = new Fields(map, field.At, problems);
        var subject = inner.Text("field");
        var comparison = inner.Text("operator", "op") ?? "equals";
        var operand = inner.TryTake(out var value, "value", "operand") ? value.Value : Value.Null;
        var source = subject is null ? inner.Text("expression", "condition") : null;
        inner.WarnAboutRest("A condition", ["field", "operator", "value", "expression"]);
        if (source is not null)
            return source;
        if (subject is not null && ComparisonOperators.Contains(comparison))
            return ComparisonOperators.ToCondition(subject, comparison, operand);
        if (subject is null)
            problems.Error(field.At, "missing_field", "A condition needs a 'field', an 'operator' and a 'value'.");
        else
            problems.Error(
                field.At,
                "unknown_operator",
                $"unknown operator {Fields.Describe(comparison)}.",
                problems.Suggestions.Closest(comparison, ComparisonOperators.Names));
        return null;
    }

    /// <summary>Reads `compensation`: {type, config}.</summary>
    public static CompensationDefinition? Compensation(Fields fields, ProblemList problems)
    {
        if (fields.Map("compensation", "compensate") is not { } field)
            return null;
        var inner = new Fields(field.Value.AsMap(), field.At, problems);
        var compensation = new CompensationDefinition(
            inner.Text("type") ?? "",
            inner.Map("config")?.Value.AsMap() ?? MapValue.Empty,
            Retry(inner, problems),
            inner.Flag("compensateInDoubt", "inDoubt") ?? false,
            field.At);
        inner.WarnAboutRest("compensation", ["type", "config", "retry", "compensateInDoubt"]);
        return compensation;
    }

    /// <summary>Reads the policy for effects in doubt; null if it is not set.</summary>
    public static InDoubtPolicy? InDoubt(Fields fields, ProblemList problems) =>
        fields.TryTake(out var field, "inDoubt") ? Choice<InDoubtPolicy>(field, "unknown_in_doubt_policy", problems) : null;

    /// <summary>Reads a list of texts.</summary>
    public static IEnumerable<string> Texts(IReadOnlyList<Field> items, Fields owner)
    {
        foreach (var item in items)
        {
            if (item.Value.TryGetString(out var text))
                yield return text;
            else
                owner.WrongType(item, "text");
        }
    }

    private static T? Choice<T>(Field field, string code, ProblemList problems) where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToArray();
        if (field.Value.TryGetString(out var text) && names.FirstOrDefault(name => Naming.Same(name, text)) is { } name)
            return Enum.Parse<T>(name, ignoreCase: true);
        var suggestion = field.Value.TryGetString(out text) ? problems.Suggestions.Closest(text, names) : null;
        problems.Error(field.At, code, $"{Fields.Describe(field.Value)} is none of {string.Join(", ", names)}.", suggestion);
        return null;
    }

    // n repetitions; whatever does not fit is left to validation, which knows the range.
    private static int Attempts(long repetitions) => (int)Math.Clamp(repetitions, -1, int.MaxValue - 1) + 1;
}
