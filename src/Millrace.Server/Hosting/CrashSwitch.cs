using System.Diagnostics;
using Millrace.Engine.Runtime;

namespace Millrace.Server.Hosting;

/// <summary>Ends this process at a chosen moment as kill -9 does: for tests of what a crash there leaves.</summary>
internal static class CrashSwitch
{
    /// <summary>MOMENT:N ends the process the N-th time that it comes to a <see cref="CrashPoint"/>.</summary>
    public const string Variable = "MILLRACE_CRASH_AT";

    /// <summary>What the environment asks for; null: nothing, as it should.</summary>
    /// <exception cref="FormatException">It asks for something that there is not.</exception>
    public static Action<CrashPoint>? Read(string? text, ILoggerFactory loggers)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (text.Split(':') is not [var name, var number] || !Enum.TryParse<CrashPoint>(name, out var point) || !int.TryParse(number, out var left))
            throw new FormatException($"{Variable} is '{text}'; it must be MOMENT:N, and MOMENT one of {string.Join(", ", Enum.GetNames<CrashPoint>())}.");
        loggers.CreateLogger(typeof(CrashSwitch)).LogWarning(
            "{Setting} is {Value}: this process will kill itself. It is meant for tests; unset it on a server that is used", Variable, text);
        return reached =>
        {
            if (reached == point && Interlocked.Decrement(ref left) == 0)
                Process.GetCurrentProcess().Kill();
        };
    }
}
