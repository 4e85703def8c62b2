namespace Millrace.Engine.Operations;

/// <summary>Who asks for an operation. Transports make one of what they authenticate; operations trust it.</summary>
/// <param name="Tenant">Whose data the caller sees.</param>
/// <param name="User">The caller's name; null: unknown.</param>
/// <param name="Permissions">What the caller may do.</param>
/// <param name="ExpiresAt">From when on all that no longer counts, so that nothing is waited for or followed beyond; null: never.</param>
public sealed record Caller(string Tenant, string? User, PermissionSet Permissions, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>The tenant where none is named.</summary>
    public const string DefaultTenant = "default";

    /// <summary>Everybody on this machine, where no authentication is configured: may do everything in the default tenant.</summary>
    public static readonly Caller Local = new(DefaultTenant, null, Role.Admin.Permissions);

    /// <summary>Whether the caller has a permission.</summary>
    public bool May(Permission permission) => Permissions.Has(permission);

    /// <summary>How long the caller may be kept waiting at most.</summary>
    /// <param name="longest">How long the operation would wait.</param>
    /// <param name="now">The current time.</param>
    public TimeSpan LimitWait(TimeSpan longest, DateTimeOffset now) => Deadline.Limit(longest, ExpiresAt, now);

    /// <summary>The refusal of an operation that takes a permission; null: the caller has it.</summary>
    public Refusal? Refuse(Permission permission) => May(permission) ? null : new Refusal.Forbidden(permission);
}
