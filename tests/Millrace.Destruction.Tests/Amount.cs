using System.Globalization;

namespace Millrace.Destruction.Tests;

/// <summary>How much a test does: little by itself, as much as the environment says in a long run.</summary>
internal static class Amount
{
    /// <summary>A number that the environment may set.</summary>
    public static int Of(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>The seed of this run: that of the environment, or the same every time.</summary>
    public static int Seed => Of("MILLRACE_DESTRUCTION_SEED", 1);
}
