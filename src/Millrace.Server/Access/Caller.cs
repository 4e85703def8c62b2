using Microsoft.AspNetCore.Http.Features;

namespace Millrace.Server.Access;

/// <summary>Who asks.</summary>
/// <param name="Tenant">Whose data he sees.</param>
/// <param name="User">His name; null: nobody said.</param>
/// <param name="Role">What he may do.</param>
internal sealed record Caller(string Tenant, string? User, Role Role)
{
    public const string DefaultTenant = "default";

    /// <summary>Whoever can connect, where nothing is configured.</summary>
    public static readonly Caller Local = new(DefaultTenant, null, Role.Admin);
}

/// <summary>The caller of a request.</summary>
internal static class RequestCaller
{
    /// <summary>Who asks. Only on routes that require a permission.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    /// <summary>Whose data the caller sees.</summary>
    public static string Tenant(this HttpContext context) => context.Caller().Tenant;
}
