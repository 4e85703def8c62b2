namespace Millrace.Core.Nodes;

/// <summary>What it means that an effect happens twice, as it may when the process dies before its end is recorded.</summary>
public enum Repetition
{
    /// <summary>It may do harm, and nothing tells the second time from the first.</summary>
    Unsafe,
    /// <summary>The other side can tell: both times have the same idempotency key.</summary>
    Keyed,
    /// <summary>Nothing changes by it, but it is paid for twice.</summary>
    Costly,
    /// <summary>Once or twice is the same.</summary>
    Harmless,
}
