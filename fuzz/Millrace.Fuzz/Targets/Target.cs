namespace Millrace.Fuzz.Targets;

/// <summary>Something that takes untrusted bytes, and what must hold whatever they are.</summary>
internal abstract class Target
{
    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The most processor time that one input may take.</summary>
    public virtual TimeSpan Longest => TimeSpan.FromSeconds(2);

    /// <summary>Inputs to begin with.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Makes an input, mostly out of one that is known.</summary>
    public abstract byte[] Generate(Random random, Func<byte[]> known);

    /// <summary>Runs an input.</summary>
    /// <returns>What it came to, in few words: inputs that come to something new are built upon.</returns>
    /// <exception cref="PropertyException">Something that must hold does not. Any other exception is a find as well.</exception>
    public abstract string Run(byte[] input);

    protected static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new PropertyException(otherwise);
    }
}

/// <summary>A property does not hold.</summary>
internal sealed class PropertyException(string message) : Exception(message);
