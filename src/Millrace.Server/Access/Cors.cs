using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Millrace.Server.Access;

/// <summary>Lets pages of allowed origins call, and read what matters of the headers.</summary>
internal static class Cors
{
    public static void Configure(CorsOptions options, AllowedOrigins origins) => options.AddDefaultPolicy(policy => policy
        .SetIsOriginAllowed(origins.Contains)
        .AllowAnyMethod()
        .AllowAnyHeader()
        .WithExposedHeaders("Location", "Link", "X-Next-Cursor", "ETag", "Retry-After")
        .SetPreflightMaxAge(TimeSpan.FromMinutes(10)));
}
