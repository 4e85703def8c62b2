namespace Millrace.Server.Http;

/// <summary>Refusals of operations as problem details: the one place that knows their statuses.</summary>
internal static class RefusalReply
{
    private const int SecondsToDrain = 5;

    /// <summary>The answer to something refused.</summary>
    public static ProblemReply ToReply(this Refusal refusal) => refusal switch
    {
        Refusal.Forbidden => Of(StatusCodes.Status403Forbidden, refusal),
        Refusal.NotFound => Of(StatusCodes.Status404NotFound, refusal),
        Refusal.Gone => Of(StatusCodes.Status410Gone, refusal),
        Refusal.Conflict => Of(StatusCodes.Status409Conflict, refusal),
        Refusal.Stale => Of(StatusCodes.Status412PreconditionFailed, refusal),
        Refusal.Malformed malformed => new ProblemReply(StatusCodes.Status400BadRequest, malformed.Code, malformed.Message) { Errors = malformed.Problems },
        Refusal.Invalid invalid => ProblemReply.Invalid(invalid.Message, invalid.Problems),
        Refusal.Draining => new ProblemReply(StatusCodes.Status503ServiceUnavailable, refusal.Code, refusal.Message) { RetryAfter = SecondsToDrain },
        Refusal.Busy busy => new ProblemReply(StatusCodes.Status429TooManyRequests, busy.Code, busy.Message) { RetryAfter = (int)Math.Ceiling(busy.RetryAfter.TotalSeconds) },
        Refusal.Unavailable => Of(StatusCodes.Status503ServiceUnavailable, refusal),
        _ => throw new InvalidOperationException($"Unknown refusal {refusal.GetType().Name}."),
    };

    /// <summary>The answer to an operation that is done, or the refusal of it.</summary>
    public static Reply ToReply<T>(this Outcome<T> outcome, Func<T, Reply> done) => outcome.IsDone(out var value, out var refusal) ? done(value) : refusal.ToReply();

    /// <summary>No content where it is done (null), or the refusal of it.</summary>
    public static Reply ToNoContent(this Refusal? refusal) => refusal?.ToReply() ?? Reply.NoContent;

    private static ProblemReply Of(int status, Refusal refusal) => new(status, refusal.Code, refusal.Message);
}
