using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Feed;

/// <summary>Something that followers of a feed get. The set is closed.</summary>
/// <param name="ExecutionId">The execution it belongs to.</param>
/// <param name="WorkflowId">The workflow of that execution.</param>
public abstract record FeedItem(string ExecutionId, string WorkflowId);

/// <summary>Events that were committed together, or some of them, in order.</summary>
/// <param name="ExecutionId">The execution they belong to.</param>
/// <param name="WorkflowId">The workflow of that execution.</param>
/// <param name="Text">The text that they are in, UTF-8.</param>
/// <param name="Events">Where in it they are; never empty.</param>
public sealed record FeedEvents(string ExecutionId, string WorkflowId, ReadOnlyMemory<byte> Text, ReadOnlyMemory<EventMark> Events) : FeedItem(ExecutionId, WorkflowId)
{
    /// <summary>Their place in the order of commits; 0 in the feed of one execution.</summary>
    public long Position { get; init; }

    /// <summary>The seq of the first.</summary>
    public long FirstSeq => Events.Span[0].Seq;

    /// <summary>The seq of the last.</summary>
    public long LastSeq => Events.Span[^1].Seq;

    /// <summary>Whether the execution has ended with them.</summary>
    public bool IsTerminal => Events.Span[^1].IsTerminal;

    /// <summary>The JSON object of one of them, as the journal has it.</summary>
    public ReadOnlyMemory<byte> JsonOf(EventMark mark) => Text.Slice(mark.Offset, mark.Length);

    /// <summary>Those after one; null: there are none.</summary>
    internal FeedEvents? After(long seq)
    {
        if (FirstSeq > seq)
            return this;
        if (LastSeq <= seq)
            return null;
        var marks = Events.Span;
        var skipped = 0;
        while (marks[skipped].Seq <= seq)
            skipped++;
        return this with { Events = Events[skipped..] };
    }

    /// <summary>The first of them, as many as fit, and at least one.</summary>
    internal FeedEvents First(int maxBytes)
    {
        var marks = Events.Span;
        var count = 1;
        while (count < marks.Length && marks[count].Offset + marks[count].Length - marks[0].Offset <= maxBytes)
            count++;
        return count == marks.Length ? this : this with { Events = Events[..count] };
    }

    internal static FeedEvents Of(string executionId, string workflowId, byte[] text, List<EventMark> marks) =>
        new(executionId, workflowId, text, marks.Count > 0 ? marks.ToArray() : JournalText.Marks(text).ToArray());

    internal static FeedEvents Of(string executionId, string workflowId, JournalEntry entry, long position = 0)
    {
        var marks = JournalText.Marks(entry.Events.Utf8.Span).ToArray();
        return new FeedEvents(executionId, workflowId, entry.Events.Utf8, marks) { Position = position };
    }
}

/// <summary>A piece of a node's result as it comes. It is stored nowhere: who misses it reads the whole result.</summary>
/// <param name="ExecutionId">The execution it belongs to.</param>
/// <param name="WorkflowId">The workflow of that execution.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Iteration">Its iteration path.</param>
/// <param name="Attempt">The attempt; the pieces of a new one begin anew.</param>
/// <param name="Text">The part of the answer.</param>
public sealed record FeedToken(string ExecutionId, string WorkflowId, string NodeId, string Iteration, int Attempt, string Text) : FeedItem(ExecutionId, WorkflowId);
