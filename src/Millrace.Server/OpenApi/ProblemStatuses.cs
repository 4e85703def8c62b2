using System.Collections.Immutable;

namespace Millrace.Server.OpenApi;

/// <summary>A status that errors have.</summary>
/// <param name="Status">The status; 0: any other.</param>
/// <param name="Name">What the document calls it.</param>
/// <param name="Description">A sentence.</param>
internal sealed record ProblemStatus(int Status, string Name, string Description);

/// <summary>The statuses of errors, and what they mean everywhere.</summary>
internal static class ProblemStatuses
{
    public static readonly ImmutableArray<ProblemStatus> All =
    [
        new(400, "Malformed", "The request cannot be understood: its JSON, YAML or a parameter is malformed."),
        new(401, "Unauthorized", "There is no token, or not a valid one."),
        new(403, "Forbidden", "The caller's role, host or origin does not allow this."),
        new(404, "NotFound", "There is no such thing."),
        new(405, "MethodNotAllowed", "It does not take this method."),
        new(409, "Conflict", "It cannot be done as things stand; the code says why."),
        new(410, "Gone", "Nobody waits for it any more."),
        new(412, "PreconditionFailed", "It has moved on since the version that `If-Match` names."),
        new(413, "TooLarge", "The body is too large."),
        new(415, "UnsupportedMediaType", "The body's content type is not taken here."),
        new(422, "Invalid", "Understood, but not valid; `errors` says where and why."),
        new(429, "TooMany", "Too many of its kind wait already; `Retry-After` says when to try again."),
        new(500, "Failed", "It went wrong on the server's side."),
        new(503, "Unavailable", "Not now: the server is about to end, or its store does not answer."),
        new(0, "Problem", "Any other error."),
    ];

    /// <summary>The name of a status.</summary>
    public static string NameOf(int status) => All.First(one => one.Status == status).Name;
}
