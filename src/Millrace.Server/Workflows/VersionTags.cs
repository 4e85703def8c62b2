using System.Globalization;
using Millrace.Server.Http;

namespace Millrace.Server.Workflows;

/// <summary>A version as an ETag, so that nobody overwrites what he has not seen.</summary>
internal static class VersionTags
{
    public static string Of(int version) => $"\"{version}\"";

    /// <summary>The version that `If-Match` (or `If-None-Match: *`, which is 0) names; null: whatever. False with a problem where it names none.</summary>
    public static bool TryRead(HttpRequest request, out int? expected, out ProblemReply? problem)
    {
        expected = null;
        problem = null;
        if (request.Headers.IfNoneMatch is ["*"])
        {
            expected = 0;
            return true;
        }
        if (request.Headers.IfMatch is not [{ Length: > 0 } tag, ..] || tag is "*")
            return true;
        var digits = tag.StartsWith("W/", StringComparison.Ordinal) ? tag.AsSpan(2) : tag;
        if (int.TryParse(digits.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0)
        {
            expected = version;
            return true;
        }
        problem = Refusal.Stale.For($"There is no version with the tag {tag}.").ToReply();
        return false;
    }
}
