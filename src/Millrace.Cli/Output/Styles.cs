using Spectre.Console;

namespace Millrace.Cli.Output;

/// <summary>The few colours, by what they mean. They are the terminal's own, so that they suit its background.</summary>
internal static class Styles
{
    public static readonly Style Good = new(Color.Green);
    public static readonly Style Bad = new(Color.Red);
    public static readonly Style Doubtful = new(Color.Yellow);
    public static readonly Style Busy = new(Color.Blue);
    public static readonly Style Dim = new(decoration: Decoration.Dim);
    public static readonly Style Strong = new(decoration: Decoration.Bold);

    /// <summary>The style of a status, as the API names it.</summary>
    public static Style OfStatus(string status) => status switch
    {
        "completed" => Good,
        "failed" => Bad,
        "cancelled" or "retrying" or "inDoubt" or "compensating" or "paused" => Doubtful,
        "running" or "waiting" => Busy,
        _ => Dim,
    };
}
