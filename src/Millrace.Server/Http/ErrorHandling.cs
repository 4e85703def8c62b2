using System.Diagnostics;
using Millrace.Engine.Storage;

namespace Millrace.Server.Http;

/// <summary>The outermost step: whatever goes wrong further in becomes problem details, and nothing internal is given away.</summary>
internal sealed class ErrorHandling(RequestDelegate next, ILogger<ErrorHandling> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        SecurityHeaders.Add(context.Response.Headers);
        try
        {
            await next(context);
            if (!context.Response.HasStarted && UnexplainedProblem(context) is { } problem)
                await problem.WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; there is nobody to answer.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var problem = Explain(context, e);
            context.Response.Clear();
            SecurityHeaders.Add(context.Response.Headers);
            await problem.WriteAsync(context);
        }
    }

    private ProblemReply Explain(HttpContext context, Exception e)
    {
        switch (e)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new ProblemReply(StatusCodes.Status413PayloadTooLarge, "body_too_large", $"The body is larger than {RequestBody.Limit} bytes. Send less, or split it.");
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return new ProblemReply(StatusCodes.Status408RequestTimeout, "body_too_slow", "The body arrived too slowly. Send it again without pauses.");
            case BadHttpRequestException bad:
                return new ProblemReply(bad.StatusCode, "malformed_request", bad.Message);
            case StoreException { IsBusy: true }:
                return new ProblemReply(StatusCodes.Status503ServiceUnavailable, "store_busy", "Too many writes wait for the disk. Nothing was written; try again.") { RetryAfter = 5 };
            case StoreException { Trouble: var trouble }:
                logger.LogError(e, "{Method} {Path} failed: {Trouble}", context.Request.Method, context.Request.Path, trouble.Sentence());
                return new ProblemReply(
                    StatusCodes.Status503ServiceUnavailable,
                    "store_unavailable",
                    $"{trouble.Sentence()} Try again; send an Idempotency-Key so that a retry is not executed twice.") { RetryAfter = 5 };
            case var _ when e.GetBaseException() is OutOfMemoryException:
                logger.LogError(e, "{Method} {Path} failed: there is not enough memory", context.Request.Method, context.Request.Path);
                return new ProblemReply(
                    StatusCodes.Status503ServiceUnavailable,
                    "out_of_memory",
                    "The server does not have the memory for this request at the moment. Try again, or ask for less.") { RetryAfter = 5 };
            case InvalidDataException:
                logger.LogError(e, "{Method} {Path} failed: stored data cannot be read", context.Request.Method, context.Request.Path);
                return new ProblemReply(StatusCodes.Status500InternalServerError, "unreadable_data", e.Message);
            default:
                var traceId = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
                logger.LogError(e, "{Method} {Path} failed, trace {TraceId}", context.Request.Method, context.Request.Path, traceId);
                return new ProblemReply(
                    StatusCodes.Status500InternalServerError,
                    "internal_error",
                    $"An internal error occurred. Search the server's log for the trace {traceId}.") { TraceId = traceId };
        }
    }

    // Routing answers with a bare status.
    private static ProblemReply? UnexplainedProblem(HttpContext context) => context.Response switch
    {
        { StatusCode: StatusCodes.Status404NotFound, ContentType: null } => new ProblemReply(StatusCodes.Status404NotFound, "not_found", $"There is nothing at {context.Request.Path}."),
        { StatusCode: StatusCodes.Status405MethodNotAllowed, ContentType: null } => new ProblemReply(
            StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"{context.Request.Path} does not support {context.Request.Method}. Use {context.Response.Headers.Allow}."),
        _ => null,
    };
}

/// <summary>Headers that keep browsers from making more of a response than it is.</summary>
internal static class SecurityHeaders
{
    public static void Add(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers.CacheControl = "no-store";
    }
}
