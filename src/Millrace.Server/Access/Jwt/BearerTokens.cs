using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Millrace.Server.Access.Jwt;

/// <summary>
/// Sets up the framework's bearer authentication. The outcome is left on the request as a <see cref="JwtOutcome"/>; a request without a
/// token has none.
/// </summary>
internal static class BearerTokens
{
    public static void AddTo(IServiceCollection services, ReadOnlyMemory<byte> secret, bool requireExpiry, TimeProvider time)
    {
        // AddAuthentication would also bring data protection, which makes keys in the home directory that nothing here uses.
        services.AddAuthenticationCore(options => options.DefaultScheme = JwtBearerDefaults.AuthenticationScheme);
        services.AddWebEncoders();
        services.AddSingleton(time);
        new AuthenticationBuilder(services).AddScheme<JwtBearerOptions, JwtBearerHandler>(JwtBearerDefaults.AuthenticationScheme, options =>
        {
            options.MapInboundClaims = false;
            options.TokenHandlers.Clear();
            options.TokenHandlers.Add(TokenRules.Handler);
            options.TokenValidationParameters = TokenRules.SignedWith(secret.Span, time, requireExpiry);
            options.Events = new JwtBearerEvents { OnMessageReceived = Skip, OnTokenValidated = Accept, OnAuthenticationFailed = Refuse };
        });
    }

    // A webhook's token is checked with the webhook's own secret.
    private static Task Skip(MessageReceivedContext context)
    {
        if (context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<RequiredPermission>() is null or { Permission: Permission.Public })
            context.NoResult();
        return Task.CompletedTask;
    }

    private static Task Accept(TokenValidatedContext context)
    {
        context.HttpContext.Features.Set(TokenCaller.Of((JsonWebToken)context.SecurityToken));
        return Task.CompletedTask;
    }

    private static Task Refuse(AuthenticationFailedContext context)
    {
        context.HttpContext.Features.Set<JwtOutcome>(new JwtOutcome.Invalid(TokenProblem.Of(context.Exception)));
        return Task.CompletedTask;
    }
}
