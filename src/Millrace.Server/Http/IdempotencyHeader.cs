namespace Millrace.Server.Http;

/// <summary>Callers' keys against doubled writes. A key means the same write again whatever the body says; operations know its scope.</summary>
internal static class IdempotencyHeader
{
    private const int Longest = 255;

    /// <summary>The key of a request; null: it has none.</summary>
    /// <exception cref="BadHttpRequestException">The key is longer than 255 characters.</exception>
    public static string? IdempotencyKey(this HttpContext context)
    {
        if (context.Request.Headers["Idempotency-Key"] is not [{ Length: > 0 } key, ..])
            return null;
        return key.Length <= Longest ? key : throw new BadHttpRequestException($"The Idempotency-Key is longer than {Longest} characters.");
    }
}
