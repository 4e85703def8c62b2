using System.Diagnostics.CodeAnalysis;

namespace Millrace.Engine.Operations;

/// <summary>
/// What became of an operation: it is done, or it was refused. Operations with nothing to say when they are done return only the refusal,
/// or null.
/// </summary>
/// <typeparam name="T">What it says when it is done.</typeparam>
public abstract record Outcome<T>
{
    private Outcome()
    {
    }

    /// <summary>The operation succeeded.</summary>
    public sealed record Done(T Value) : Outcome<T>;

    /// <summary>It is not done, and had no effect.</summary>
    public sealed record Refused(Refusal Reason) : Outcome<T>;

    /// <summary>Whether it is done; else why not.</summary>
    public bool IsDone([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = this is Done done ? done.Value : default;
        refusal = (this as Refused)?.Reason;
        return refusal is null;
    }

    /// <summary>The operation succeeded.</summary>
    public static implicit operator Outcome<T>(T value) => new Done(value);

    /// <summary>The operation was refused.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new Refused(refusal);
}
