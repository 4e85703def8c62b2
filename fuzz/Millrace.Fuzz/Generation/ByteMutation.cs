using System.Text;

namespace Millrace.Fuzz.Generation;

/// <summary>Changes bytes without knowing what they mean.</summary>
internal sealed class ByteMutation(IReadOnlyList<string> tokens)
{
    private const int MaxInputLength = 200_000;

    private readonly byte[][] _tokens = [.. tokens.Select(Encoding.UTF8.GetBytes)];

    /// <summary>One to a few changes.</summary>
    public byte[] Mutate(byte[] input, Random random, Func<byte[]> known)
    {
        for (var changes = 1 + random.Next(random.Next(1, 6)); changes > 0; changes--)
            input = MutateOnce(input, random, known);
        return input.Length <= MaxInputLength ? input : input[..MaxInputLength];
    }

    private byte[] MutateOnce(byte[] input, Random random, Func<byte[]> known)
    {
        var at = random.Next(input.Length + 1);
        var length = Math.Min(input.Length - at, random.Next(8) == 0 ? random.Next(input.Length + 1) : random.Next(1, 12));
        switch (random.Next(9))
        {
            case 0 when at < input.Length:
                return With(input, at, (byte)(input[at] ^ (1 << random.Next(8))));
            case 1 when at < input.Length:
                return With(input, at, (byte)random.Next(256));
            case 2:
                return Replace(input, at, length, []);
            case 3:
                return Replace(
                    input, at, 0, Repeat(input.AsSpan(at, length), random.Next(20) == 0 ? random.Next(1, 300) : random.Next(1, 4)));
            case 4:
                return Replace(input, at, length, _tokens[random.Next(_tokens.Length)]);
            case 5:
                return Replace(input, at, 0, Repeat(_tokens[random.Next(_tokens.Length)], random.Next(30) == 0 ? random.Next(1, 200) : 1));
            case 6:
                var other = known();
                var from = random.Next(other.Length + 1);
                return Replace(input, at, length, other.AsSpan(from, Math.Min(other.Length - from, random.Next(1, 80))));
            case 7:
                // Two places of the same input, swapped or copied over.
                var second = random.Next(input.Length + 1);
                return Replace(input, at, length, input.AsSpan(second, Math.Min(input.Length - second, length)));
            default:
                return Replace(input, at, 0, [(byte)random.Next(32, 127)]);
        }
    }

    private static byte[] With(byte[] input, int at, byte value)
    {
        var changed = input.ToArray();
        changed[at] = value;
        return changed;
    }

    private static byte[] Replace(byte[] input, int at, int length, ReadOnlySpan<byte> by) =>
        [.. input.AsSpan(0, at), .. by, .. input.AsSpan(at + length)];

    private static byte[] Repeat(ReadOnlySpan<byte> part, int times)
    {
        times = Math.Min(times, Math.Max(1, MaxInputLength / Math.Max(1, part.Length)));
        var repeated = new byte[part.Length * times];
        for (var i = 0; i < times; i++)
            part.CopyTo(repeated.AsSpan(i * part.Length));
        return repeated;
    }
}
