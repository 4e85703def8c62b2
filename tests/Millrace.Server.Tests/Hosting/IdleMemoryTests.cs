using Millrace.Server.Hosting;

namespace Millrace.Server.Tests.Hosting;

public sealed class IdleMemoryTests : IDisposable
{
    private const long Megabyte = 1 << 20;

    private readonly IdleMemory _memory;
    private TimeSpan _takes;
    private long _live;
    private long _allocated;
    private int _collections;

    public IdleMemoryTests() => _memory = new IdleMemory(() => _allocated, () =>
    {
        _collections++;
        return (_takes, _live);
    });

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void What_the_start_has_left_is_given_back()
    {
        Allocate(3);
        Assert.Equal(0, _collections);
        Allocate(0);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void Memory_is_given_back_once_the_process_is_idle()
    {
        Allocate(100);
        Assert.Equal(0, _collections);
        Allocate(1);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void After_a_burst_it_is_given_back_twice_for_pools_let_go_later()
    {
        Allocate(100);
        Allocate(1);
        Assert.Equal(1, _collections);
        for (var look = 0; look < 100; look++)
            Allocate(0);
        Assert.Equal(2, _collections);
        Allocate(100);
        Allocate(0);
        Assert.Equal(3, _collections);
    }

    [Fact]
    public void As_long_as_pools_let_go_it_is_given_back()
    {
        _live = 80 * Megabyte;
        Allocate(100);
        for (; _live > 0; _live -= 2 * Megabyte / 5)
            Allocate(0);
        Assert.InRange(_collections, 10, 20);
    }

    [Fact]
    public void A_process_at_work_is_left_alone()
    {
        for (var look = 0; look < 100; look++)
            Allocate(5);
        Assert.Equal(0, _collections);
    }

    [Fact]
    public void A_collection_that_takes_long_is_not_made_often()
    {
        _takes = TimeSpan.FromMilliseconds(40);
        var looks = (int)(TimeSpan.FromMinutes(10) / IdleMemory.Interval);
        for (var look = 0; look < looks; look++)
            Allocate(1);
        // Each is followed by 20 seconds without one.
        Assert.InRange(_collections, 27, 30);
    }

    private void Allocate(long megabytes)
    {
        _allocated += megabytes * Megabyte;
        _memory.Look();
    }
}
