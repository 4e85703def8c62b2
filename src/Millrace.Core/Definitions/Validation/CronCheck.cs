using System.Globalization;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Whether a text is a cron expression, before anything runs by it: its number of fields, and the range of each.</summary>
internal static class CronCheck
{
    private static readonly string[] Macros =
        ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@every_minute", "@every_second"];

    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private static readonly CronField[] Fields =
    [
        new("seconds", 0, 59, []),
        new("minutes", 0, 59, []),
        new("hours", 0, 23, []),
        new("days of the month", 1, 31, []),
        new("months", 1, 12, Months),
        new("days of the week", 0, 7, Days),
        new("years", 1970, 2099, []),
    ];

    /// <summary>What is wrong with an expression, as a sentence; null where nothing is.</summary>
    public static string? Find(string cron)
    {
        var parts = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts is [['@', ..] macro])
            return Macros.Contains(macro, StringComparer.OrdinalIgnoreCase)
                ? null
                : $"'{macro}' is none of {string.Join(", ", Macros)}.";
        if (parts.Length is not (5 or 6 or 7))
            return $"A cron expression has 5 fields, or 6 with the seconds first, or 7 with the years last, not {parts.Length}.";
        var fields = parts.Length == 5 ? Fields[1..] : Fields;
        return parts.Zip(fields, (part, field) => field.Find(part)).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>One field: what it counts, its range, and names for its numbers.</summary>
    private sealed record CronField(string What, int Least, int Most, string[] Names)
    {
        public string? Find(string text) => text.Split(',').All(IsItem)
            ? null
            : $"'{text}' does not fit the {What} of a cron expression, {Least} to {Most}; ranges, steps such as */5 and lists are allowed.";

        private bool IsItem(string item)
        {
            var slash = item.IndexOf('/', StringComparison.Ordinal);
            if (slash >= 0 && !(TryNumber(item[(slash + 1)..], out var step) && step > 0 && step <= Most))
                return false;
            var range = slash < 0 ? item : item[..slash];
            if (range is "*" or "?")
                return true;
            var dash = range.IndexOf('-', StringComparison.Ordinal);
            var isRange = dash > 0 && IsValue(range[..dash]) && IsValue(range[(dash + 1)..]);
            return isRange || IsValue(range) || IsSpecial(range);
        }

        private bool IsValue(string text) => (TryNumber(text, out var number) && number >= Least && number <= Most)
            || Names.Contains(text, StringComparer.OrdinalIgnoreCase);

        // L, L-3, LW, 15W; 5L, 5#2. H is any value, the same each time.
        private bool IsSpecial(string text) => text.ToUpperInvariant() switch
        {
            "H" => true,
            "L" or "LW" => Most == 31,
            ['L', '-', .. var back] => Most == 31 && TryNumber(back, out var days) && days is > 0 and < 31,
            [.. var day, 'W'] => Most == 31 && IsValue(day),
            [.. var day, 'L'] => Names.Length == 7 && IsValue(day),
            [.. var day, '#', >= '1' and <= '5'] => Names.Length == 7 && IsValue(day),
            _ => false,
        };

        private static bool TryNumber(string text, out int number) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
