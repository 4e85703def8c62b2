namespace Millrace.Core.Definitions;

/// <summary>
/// How long executions are kept once they have ended, by how they ended. Null: it is not said, which is for ever where nobody else says.
/// </summary>
/// <param name="Completed">How long completed executions are kept.</param>
/// <param name="Failed">How long failed executions are kept.</param>
/// <param name="Cancelled">Those that were cancelled.</param>
public sealed record RetentionPolicy(TimeSpan? Completed = null, TimeSpan? Failed = null, TimeSpan? Cancelled = null)
{
    /// <summary>For ever, where that is said.</summary>
    public static readonly TimeSpan Forever = TimeSpan.MaxValue;

    /// <summary>A policy that leaves everything to the server's settings.</summary>
    public static readonly RetentionPolicy Unsaid = new();

    /// <summary>What is accepted for one status, for messages.</summary>
    public const string Expected = "a duration such as \"P30D\" or \"12h\", or \"forever\"";

    /// <summary>The same for all.</summary>
    public static RetentionPolicy Of(TimeSpan? all) => new(all, all, all);

    /// <summary>Reads the time for one status; false where the text is none.</summary>
    public static bool TryParse(string text, out TimeSpan keep)
    {
        keep = Forever;
        return string.Equals(text.Trim(), "forever", StringComparison.OrdinalIgnoreCase) || Durations.TryParse(text, out keep);
    }
}
