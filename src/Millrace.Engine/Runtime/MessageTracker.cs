using System.Collections.Immutable;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Which inbox messages a mailbox has taken in and not yet removed. A message may reach it twice, by hand and from the store; and by hand so late
/// that an earlier mailbox of the execution has taken it in and removed it.
/// </summary>
/// <param name="settledBefore">The messages up to this number that were not read from the inbox had been removed before.</param>
internal sealed class MessageTracker(long settledBefore)
{
    private readonly HashSet<long> _seen = [];
    private readonly List<long> _handled = [];
    private readonly List<long> _kept = [];

    /// <summary>Whether there are messages that the next commit is to remove.</summary>
    public bool HasHandled => _handled.Count > 0;

    /// <summary>How many messages in the inbox it knows of.</summary>
    public int Known => _handled.Count + _kept.Count;

    /// <summary>Takes a message in, to be removed by the next commit; false where it was taken in before.</summary>
    public bool IsNew(InboxMessage message, bool isRead)
    {
        if ((!isRead && message.Id <= settledBefore) || !_seen.Add(message.Id))
            return false;
        _handled.Add(message.Id);
        return true;
    }

    /// <summary>Leaves a message in the inbox until the execution ends.</summary>
    public void Keep(InboxMessage message)
    {
        _handled.Remove(message.Id);
        _kept.Add(message.Id);
    }

    /// <summary>The messages that the next commit removes; at the end of the execution, all.</summary>
    public ImmutableArray<long> Take(bool all)
    {
        if (_handled.Count == 0 && !(all && _kept.Count > 0))
            return [];
        ImmutableArray<long> taken = all ? [.. _handled, .. _kept] : [.. _handled];
        _handled.Clear();
        if (all)
            _kept.Clear();
        return taken;
    }
}
