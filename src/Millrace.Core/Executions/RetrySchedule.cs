using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>When a failed attempt is repeated.</summary>
internal static class RetrySchedule
{
    /// <summary>The pause before the next attempt; null: there is none.</summary>
    public static TimeSpan? Next(RetryPolicy policy, int attempt, NodeError error, string executionId, string nodeId)
    {
        if (attempt >= policy.MaxAttempts || !IsRetried(policy, error))
            return null;
        var pause = policy.Backoff == Backoff.Fixed ? policy.Delay : policy.Delay * Math.Pow(2, Math.Min(attempt - 1, 30));
        if (pause > policy.MaxDelay)
            pause = policy.MaxDelay;
        if (policy.Jitter)
            pause *= 0.5 + 0.5 * Fraction(executionId, nodeId, attempt);
        return error.RetryAfter is { } asked && asked > pause ? asked : pause;
    }

    private static bool IsRetried(RetryPolicy policy, NodeError error) => policy.Errors.IsEmpty
        ? error.Retryable
        : policy.Errors.Contains(error.Type, StringComparer.OrdinalIgnoreCase) || policy.Errors.Contains("*", StringComparer.Ordinal);

    // Spread by a hash instead of a random number, so that a replay decides the same.
    private static double Fraction(string executionId, string nodeId, int attempt)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes($"{executionId}:{nodeId}:{attempt}"))
            hash = (hash ^ b) * 1099511628211UL;
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        return (hash >> 11) / (double)(1UL << 53);
    }
}
