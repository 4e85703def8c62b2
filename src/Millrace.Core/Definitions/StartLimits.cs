namespace Millrace.Core.Definitions;

/// <summary>How many executions of a workflow may be under way at once; more stay pending.</summary>
/// <param name="Limit">How many; at least 1.</param>
/// <param name="Key">A template over `input`, `variables` and `trigger`: the limit counts for each of its values on its own. Null: for all
/// together.</param>
public sealed record ConcurrencyLimit(int Limit, string? Key = null);

/// <summary>How much one execution may spend on models; null: any amount. At least one is given.</summary>
/// <param name="Money">US dollars.</param>
/// <param name="Tokens">Tokens of questions and answers together.</param>
/// <param name="Calls">Calls.</param>
public sealed record SpendingLimit(decimal? Money = null, long? Tokens = null, long? Calls = null);

/// <summary>
/// How often executions may start: a bucket of <paramref name="Burst"/> starts that fills up again evenly; what comes faster stays pending.
/// </summary>
/// <param name="Limit">How many in each <paramref name="Per"/>; at least 1.</param>
/// <param name="Per">The span of time, longer than nothing.</param>
/// <param name="Burst">How many at once after a quiet time; null: <paramref name="Limit"/>. With 1, starts are evenly spaced.</param>
/// <param name="Key">A template over `input`, `variables` and `trigger`: the limit holds for each of its values on its own. Null: for all
/// together.</param>
public sealed record StartRateLimit(int Limit, TimeSpan Per, int? Burst = null, string? Key = null);
