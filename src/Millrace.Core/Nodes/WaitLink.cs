using Millrace.Core.Executions;

namespace Millrace.Core.Nodes;

/// <summary>What the link to a wait is like.</summary>
/// <param name="Kind">What it leads to.</param>
/// <param name="Path">What follows the link's own part, without slashes at either end; empty: nothing.</param>
/// <param name="Attempt">The attempt of an effect that it is for; 0: the run of the node, whatever its attempts.</param>
public sealed record WaitLink(LinkKind Kind, string Path = "", int Attempt = 0);

/// <summary>What a link leads to.</summary>
public enum LinkKind
{
    /// <summary>A page where a person answers.</summary>
    Answer,
    /// <summary>An address that another program calls.</summary>
    Callback,
}

/// <summary>Makes the links by which the outside ends waits. A pure function: one run of a node always has the same link, also before it waits.</summary>
public interface ILinkSource
{
    /// <summary>The link; null: this process has no address.</summary>
    string? LinkTo(ExecutionIdentity execution, string nodeId, string iteration, WaitLink link);
}
