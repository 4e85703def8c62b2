using System.Collections.Immutable;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>Which inbox messages a mailbox has taken in and not yet removed. A message may reach it twice: by hand, and from the store.</summary>
internal sealed class MessageTracker
{
    private readonly HashSet<long> _seen = [];
    private readonly List<long> _held = [];

    /// <summary>Takes a message in; false where it was taken in before.</summary>
    public bool IsNew(InboxMessage message)
    {
        if (!_seen.Add(message.Id))
            return false;
        _held.Add(message.Id);
        return true;
    }

    /// <summary>The messages that the next commit removes.</summary>
    public ImmutableArray<long> TakeAll()
    {
        ImmutableArray<long> all = [.. _held];
        _held.Clear();
        return all;
    }
}
