using System.Security.Cryptography;

namespace Millrace.Engine.Runtime;

/// <summary>Makes ids. Injected, so that a simulation repeats itself.</summary>
public abstract class IdSource
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Fills the random part of an id.</summary>
    protected abstract void Fill(Span<byte> bytes);

    /// <summary>A new id: 26 characters; ids of later milliseconds sort after it. 48 bits of time, 80 of randomness.</summary>
    public string Next(DateTimeOffset now) => string.Create(26, (Source: this, Time: now.ToUnixTimeMilliseconds()), static (text, part) =>
    {
        var time = part.Time;
        for (var i = 9; i >= 0; i--, time >>= 5)
            text[i] = Alphabet[(int)(time & 31)];
        Span<byte> random = stackalloc byte[16];
        part.Source.Fill(random);
        for (var i = 0; i < 16; i++)
            text[10 + i] = Alphabet[random[i] & 31];
    });
}

/// <summary>Ids that nobody can guess.</summary>
public sealed class RandomIds : IdSource
{
    /// <inheritdoc/>
    protected override void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
