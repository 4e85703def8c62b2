using System.Globalization;
using Millrace.Core.Definitions;
using Millrace.Server.Configuration;

namespace Millrace.Server.Limits;

/// <summary>Reads the limits that hold for every tenant.</summary>
internal sealed class TenantLimitReader(SettingValues values)
{
    /// <summary>How many executions of one tenant may be under way at once; null: any number.</summary>
    public int? Concurrency()
    {
        if (values.Text(SettingNames.TenantConcurrency) is not { } text)
            return null;
        if (Count(text) is { } count)
            return count;
        values.Problem(
            $"{SettingNames.TenantConcurrency} is '{text}'. Use a number from 1 to {DefinitionLimits.StartLimit}, "
            + "or omit it for no limit.");
        return null;
    }

    /// <summary>How often executions of one tenant may start; null: as often as they like.</summary>
    public StartRateLimit? StartRate()
    {
        if (values.Text(SettingNames.TenantStartRate) is not { } text)
            return null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && Count(text[..slash]) is { } limit && Durations.TryParse(text[(slash + 1)..], out var per) && per > TimeSpan.Zero)
            return new StartRateLimit(limit, per);
        values.Problem(
            $"{SettingNames.TenantStartRate} is '{text}'. Use a number of starts and a time, such as 100/1s or 5000/1h, "
            + "or omit it for no limit.");
        return null;
    }

    private static int? Count(string text)
    {
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        return isNumber && count is >= 1 and <= DefinitionLimits.StartLimit ? count : null;
    }
}
