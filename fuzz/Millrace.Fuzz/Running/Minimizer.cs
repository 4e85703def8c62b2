using System.Diagnostics;
using Millrace.Fuzz.Targets;

namespace Millrace.Fuzz.Running;

/// <summary>Leaves out of an input whatever the complaint does not need.</summary>
internal static class Minimizer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static byte[] Minimize(Target target, byte[] input, string kind)
    {
        var clock = Stopwatch.StartNew();
        for (var part = Math.Max(1, input.Length / 2); part > 0 && clock.Elapsed < Patience; part = part == 1 ? 0 : part / 2)
        {
            for (var at = 0; at < input.Length && clock.Elapsed < Patience;)
            {
                byte[] without = [.. input.AsSpan(0, at), .. input.AsSpan(Math.Min(input.Length, at + part))];
                if (Trial.Of(target, without).Complaint is { } complaint
                    && string.Equals(Trial.KindOf(complaint), kind, StringComparison.Ordinal))
                    input = without;
                else
                    at += part;
            }
        }
        return input;
    }
}
