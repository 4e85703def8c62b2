namespace Millrace.Server.Webhooks.Callers;

/// <summary>Whether a call may go on. The set is closed.</summary>
internal abstract record CallerVerdict
{
    private CallerVerdict()
    {
    }

    /// <summary>The caller may start the workflow.</summary>
    /// <param name="DeliveryId">What the same delivery is recognised by when it comes again, which the caller vouches for; null: nothing.</param>
    /// <param name="ExpiresAt">From when on the caller's token no longer counts; null: never.</param>
    internal sealed record Admitted(string? DeliveryId, DateTimeOffset? ExpiresAt = null) : CallerVerdict
    {
        public static readonly Admitted Anybody = new(DeliveryId: null);
    }

    /// <summary>The caller is refused, with 401.</summary>
    /// <param name="Reason">A sentence for the caller.</param>
    /// <param name="Challenge">What to say in WWW-Authenticate; null: nothing.</param>
    internal sealed record Refused(string Reason, string? Challenge = null) : CallerVerdict;
}
