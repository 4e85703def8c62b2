using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Cli.CrashTesting;

/// <summary>Where a run is killed: before a commit of its execution is durable.</summary>
internal abstract record PlannedCrash
{
    /// <summary>Whether it is killed here.</summary>
    /// <param name="commit">How many commits there have been, this one included.</param>
    /// <param name="events">The events that it would make durable.</param>
    public abstract bool IsAt(int commit, JsonText events);

    /// <summary>At a commit by its number.</summary>
    /// <param name="Number">From 1.</param>
    public sealed record AtCommit(int Number) : PlannedCrash
    {
        public override bool IsAt(int commit, JsonText events) => commit == Number;
    }

    /// <summary>
    /// At the commit that would record how a node ended, whichever that is: steps side by side do not always end in one order.
    /// </summary>
    /// <param name="NodeId">The node.</param>
    public sealed record AtEndOf(string NodeId) : PlannedCrash
    {
        public override bool IsAt(int commit, JsonText events) => ((IEnumerable<Value>)ValueJson.Parse(events.Utf8.Span).AsList()).Any(e =>
            e["nodeId"].Equals(NodeId) && e["type"].TryGetString(out var type) && type is "node_completed" or "node_failed" or "node_retrying" or "node_waiting");
    }
}
