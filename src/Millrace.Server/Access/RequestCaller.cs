using Microsoft.AspNetCore.Http.Features;
using Millrace.Engine.Operations;

namespace Millrace.Server.Access;

/// <summary>The caller of a request.</summary>
internal static class RequestCaller
{
    /// <summary>Who asks. Only on routes that require a permission.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    /// <summary>Whose data the caller sees.</summary>
    public static string Tenant(this HttpContext context) => context.Caller().Tenant;
}
