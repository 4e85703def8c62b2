using Millrace.Engine.Storage;

namespace Millrace.Server.Http;

/// <summary>Callers' keys against doubled writes. A key means the same write again whatever the body says.</summary>
internal static class IdempotencyKeys
{
    private const int Longest = 255;

    /// <summary>The key of a request; null: it has none.</summary>
    /// <param name="context">The request.</param>
    /// <param name="scope">What kind of write, the resource that it is addressed to included.</param>
    /// <exception cref="BadHttpRequestException">The key is longer than 255 characters.</exception>
    public static IdempotencyKey? Read(HttpContext context, string scope)
    {
        if (context.Request.Headers["Idempotency-Key"] is not [{ Length: > 0 } key, ..])
            return null;
        return key.Length <= Longest ? new IdempotencyKey(scope, key) : throw new BadHttpRequestException($"The Idempotency-Key is longer than {Longest} characters.");
    }
}
