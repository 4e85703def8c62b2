using System.Globalization;
using System.Numerics;

namespace Millrace.Tests;

/// <summary>Five hundred numbers as JSON writes them, with what must come back: the same digits, or null where they are refused.</summary>
internal static class NumberCorpus
{
    private const int Count = 500;

    public static IReadOnlyList<(string Text, string? Expected)> All { get; } = [.. Named().Concat(Random()).DistinctBy(Text).Take(Count)];

    private static string Text((string Text, string? Expected) number) => number.Text;

    private static IEnumerable<(string Text, string? Expected)> Named()
    {
        foreach (var power in Enumerable.Range(0, 70).Select(exponent => BigInteger.Pow(2, exponent)))
        {
            foreach (var near in (BigInteger[])[power - 1, power, power + 1, -power, 1 - power])
                yield return Whole(near);
        }
        (string, string?)[] special =
        [
            ("1e15", "1000000000000000.0"), ("1E15", "1000000000000000.0"), ("1.0", "1.0"), ("100.0", "100.0"), ("0.1", "0.1"),
            ("1e20", "100000000000000000000.0"),
            ("1e21", "1e+21"), ("1e-6", "0.000001"), ("1e-7", "1e-07"), ("0.30000000000000004", "0.30000000000000004"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"), ("1e309", null), ("-1e309", null), ("1e400", null), ("-0.0", "-0.0"),
            ("9007199254740993.0", "9007199254740992.0"), ("123456789012345680.0", "123456789012345680.0"), ("2.50", "2.5"), ("1e0", "1.0"),
        ];
        foreach (var number in special)
            yield return number;
    }

    private static IEnumerable<(string Text, string? Expected)> Random()
    {
        var random = new Random(500);
        while (true)
        {
            var real = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(real) && Math.Abs(real) is > 1e21 or < 1e-7 and > 0)
                yield return (real.ToString("E16", CultureInfo.InvariantCulture), Shortest(real));
            yield return Whole(random.NextInt64(long.MinValue, long.MaxValue));
        }
    }

    // Where an exponent is needed in any case.
    private static string Shortest(double real) => real.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static (string Text, string? Expected) Whole(BigInteger number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return (text, number >= long.MinValue && number <= ulong.MaxValue ? text : null);
    }
}
