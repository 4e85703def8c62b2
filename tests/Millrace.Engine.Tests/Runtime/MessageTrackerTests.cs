using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>A message is taken in once, however often it comes, and what it takes to know that stays small.</summary>
public sealed class MessageTrackerTests
{
    private readonly MessageTracker _tracker = new(settledBefore: 10);

    [Fact]
    public void A_message_that_is_told_and_read_is_new_once_whichever_comes_first()
    {
        Assert.True(Tell(11));
        Assert.False(Read(11));
        Assert.True(Read(12));
        Assert.False(Tell(12));
        Assert.False(Read(12));
    }

    [Fact]
    public void What_was_removed_before_this_mailbox_is_told_in_vain_but_may_still_be_read()
    {
        Assert.False(Tell(10));
        Assert.True(Read(9));
        Assert.True(Read(10));
    }

    [Fact]
    public void Messages_are_told_in_any_order()
    {
        Assert.True(Tell(15));
        Assert.True(Tell(12));
        Assert.False(Read(12));
        Assert.True(Read(13));
        Assert.False(Read(15));
        // It was on its way while 13 was read, or that had been read too: the mark says that it has come.
        Assert.False(Tell(13));
        Assert.True(Tell(16));
    }

    [Fact]
    public void Two_reads_at_once_bring_nothing_twice()
    {
        Assert.True(Read(11));
        Assert.True(Read(14));
        Assert.False(Read(11));
        Assert.False(Read(14));
    }

    [Fact]
    public void What_a_late_read_brings_after_its_removal_is_not_new()
    {
        Assert.True(Tell(11));
        Take();
        // It began before the message was removed, and has not brought it yet.
        _tracker.Removed(isRead: true);
        Assert.False(Read(11));
    }

    [Fact]
    public void It_remembers_nothing_of_what_was_removed_when_nobody_reads()
    {
        for (var id = 11; id < 10_000; id++)
        {
            Assert.True(Tell(id));
            Assert.InRange(_tracker.Remembered, 1, 10);
            if (id % 10 != 0)
                continue;
            Take();
            _tracker.Removed(isRead: false);
            Assert.Equal(0, _tracker.Remembered);
        }
    }

    [Fact]
    public void It_remembers_nothing_of_what_was_told_before_what_is_read()
    {
        for (var id = 11; id < 10_000; id += 10)
        {
            for (var told = 0; told < 9; told++)
                Assert.True(Tell(id + told));
            Take();
            _tracker.Removed(isRead: true);
            Assert.True(Read(id + 9));
            Assert.Equal(0, _tracker.Remembered);
        }
    }

    [Fact]
    public void What_is_kept_or_not_handled_yet_is_remembered()
    {
        Assert.True(Tell(11));
        _tracker.Keep(Message(11));
        Assert.True(Tell(12));
        Assert.True(_tracker.IsNew(Message(13), isRead: false));
        Assert.Equal([12], _tracker.Take(all: false));
        _tracker.Removed(isRead: false);
        Assert.False(Read(11));
        Assert.False(Read(13));
        Assert.Equal(1, _tracker.Known);
        Assert.Equal([11], _tracker.Take(all: true));
    }

    private bool Tell(long id) => TakeIn(id, isRead: false);

    private bool Read(long id) => TakeIn(id, isRead: true);

    private bool TakeIn(long id, bool isRead)
    {
        var isNew = _tracker.IsNew(Message(id), isRead);
        if (isNew)
            _tracker.Handled(Message(id));
        return isNew;
    }

    private void Take() => Assert.NotEmpty(_tracker.Take(all: false));

    private static InboxMessage Message(long id) => new(id, "signal", default, default);
}
