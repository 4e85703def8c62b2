using System.Security.Cryptography;

namespace Millrace.Engine.Runtime;

/// <summary>Makes ids. Injected, so that a simulation repeats itself.</summary>
public abstract class IdSource
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Fills the random part of an id.</summary>
    protected abstract void Fill(Span<byte> bytes);

    private const int TimeLength = 10;
    private const long LatestTime = (1L << 50) - 1;

    /// <summary>What ids of a time begin with: every id of that millisecond or later sorts at or after it, every earlier one before.</summary>
    public static string FirstAt(DateTimeOffset time) => string.Create(
        TimeLength, Math.Clamp(time.ToUnixTimeMilliseconds(), 0, LatestTime), static (text, milliseconds) => WriteTime(text, milliseconds));

    private static void WriteTime(Span<char> text, long time)
    {
        for (var i = TimeLength - 1; i >= 0; i--, time >>= 5)
            text[i] = Alphabet[(int)(time & 31)];
    }

    /// <summary>A new id: 26 characters; ids of later milliseconds sort after it. 48 bits of time, 80 of randomness.</summary>
    public string Next(DateTimeOffset now) => string.Create(26, (Source: this, Time: now.ToUnixTimeMilliseconds()), static (text, part) =>
    {
        WriteTime(text, part.Time);
        Span<byte> random = stackalloc byte[16];
        part.Source.Fill(random);
        for (var i = 0; i < 16; i++)
            text[TimeLength + i] = Alphabet[random[i] & 31];
    });
}

/// <summary>Ids that nobody can guess.</summary>
public sealed class RandomIds : IdSource
{
    /// <inheritdoc/>
    protected override void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
