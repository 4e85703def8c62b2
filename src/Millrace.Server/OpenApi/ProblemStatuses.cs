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
        new(400, "Malformed", "The JSON, YAML or a parameter is malformed."),
        new(401, "Unauthorized", "The token is missing or invalid."),
        new(403, "Forbidden", "The caller's role, host or origin does not allow this."),
        new(404, "NotFound", "Not found."),
        new(405, "MethodNotAllowed", "The method is not supported."),
        new(409, "Conflict", "The current state does not allow it; the code says why."),
        new(410, "Gone", "It is no longer waited for."),
        new(412, "PreconditionFailed", "`If-Match` does not name the current version."),
        new(413, "TooLarge", "The body is too large."),
        new(415, "UnsupportedMediaType", "The content type is not supported."),
        new(422, "Invalid", "Invalid; `errors` says where and why."),
        new(429, "TooMany", "Too many are waiting; `Retry-After` says when to try again."),
        new(500, "Failed", "An error in the server."),
        new(503, "Unavailable", "The server is shutting down, or its store is unavailable."),
        new(0, "Problem", "Another error."),
    ];

    /// <summary>The name of a status.</summary>
    public static string NameOf(int status) => All.First(one => one.Status == status).Name;
}
