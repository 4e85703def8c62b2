namespace Millrace.Core.Definitions;

/// <summary>Names that count as the same whichever way they are written: nextSteps, next_steps, NextSteps, next-steps.</summary>
internal static class Naming
{
    public static bool Same(string left, string right)
    {
        int i = 0, j = 0;
        while (true)
        {
            while (i < left.Length && IsSeparator(left[i]))
                i++;
            while (j < right.Length && IsSeparator(right[j]))
                j++;
            if (i == left.Length || j == right.Length)
                return i == left.Length && j == right.Length;
            if (char.ToLowerInvariant(left[i++]) != char.ToLowerInvariant(right[j++]))
                return false;
        }
    }

    public static bool IsOneOf(string name, ReadOnlySpan<string> names)
    {
        foreach (var candidate in names)
        {
            if (Same(name, candidate))
                return true;
        }
        return false;
    }

    private static bool IsSeparator(char c) => c is '_' or '-';
}
