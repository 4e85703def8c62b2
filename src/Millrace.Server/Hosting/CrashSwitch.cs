using System.Diagnostics;
using System.Globalization;
using Millrace.Engine.Runtime;
using Millrace.Server.Configuration;

namespace Millrace.Server.Hosting;

/// <summary>Ends this process at a chosen moment as kill -9 does: for tests of what a crash there leaves.</summary>
/// <param name="Moment">Where.</param>
/// <param name="Times">The how many-th time that the process comes there, from 1.</param>
internal sealed record CrashSwitch(CrashPoint Moment, int Times)
{
    /// <summary>The setting that asks for it, as MOMENT:N.</summary>
    public const string Setting = "MILLRACE_CRASH_AT";

    /// <summary>What the settings ask for; null: nothing, as it should be, or something that there is not.</summary>
    public static CrashSwitch? Read(SettingValues values)
    {
        if (values.Text(Setting) is not { } text)
            return null;
        // By its exact name: a number would be taken for a moment that may not exist.
        if (text.Split(':') is [var name, var number]
            && Enum.GetNames<CrashPoint>().Contains(name, StringComparer.Ordinal)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times > 0)
            return new CrashSwitch(Enum.Parse<CrashPoint>(name), times);
        values.Problem(
            $"{Setting} is '{text}'. Unset it, or, in a test, use MOMENT:N with N from 1 and MOMENT one of {string.Join(", ", Enum.GetNames<CrashPoint>())}.");
        return null;
    }

    /// <summary>What is to be called at every moment. Says in the log that the process will end itself.</summary>
    public Action<CrashPoint> Arm(ILogger logger)
    {
        logger.LogWarning(
            "{Setting} is {Moment}:{Times}: this process will kill itself. It is meant for tests; unset it on a production server",
            Setting, Moment, Times);
        var left = Times;
        return reached =>
        {
            if (reached == Moment && Interlocked.Decrement(ref left) == 0)
                Process.GetCurrentProcess().Kill();
        };
    }
}
