using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The quiet at the end: no faults, everybody answers, and time passes until nothing is left to happen.</summary>
internal sealed class Quiet(SimulatedWorld world, Clients clients)
{
    /// <summary>What was due longer ago than this should have been done.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(6);

    // Longer than what a clock that was ahead has put off.
    private const int RoundsInVain = 30;

    /// <summary>Waits, or gives up.</summary>
    public void Wait()
    {
        Settle(world.Time.GetUtcNow() + Long);
        for (var (inVain, before) = (0, 0); inVain < RoundsInVain; inVain++)
        {
            Settle(world.Time.GetUtcNow() + Long);
            if (world.History.Progress > before)
                (inVain, before) = (0, world.History.Progress);
            var alone = clients.LeftAlone();
            var open = world.History.Ids.Select(world.History.Find).OfType<ExecutionRecord>().Where(record => !record.Status.IsTerminal() && !(alone.Contains(record.Id) && Sleeps(record))).ToList();
            if (open.Count == 0)
                return;
            foreach (var record in open)
                clients.Answer(world.Current, record, isAlone: alone.Contains(record.Id));
            while (clients.HasMore)
                clients.Act(world.Current);
        }
        world.History.Describe();
    }

    // In the store, and for longer than anybody waits here. One in memory may not have heard yet of what a process without it was told.
    private bool Sleeps(ExecutionRecord record) =>
        record is { Status: ExecutionStatus.Waiting, Owner: 0 } && (record.WakeAt is null || record.WakeAt > world.Time.GetUtcNow() + TimeSpan.FromDays(1));

    private void Settle(DateTimeOffset until)
    {
        while (world.Time.GetUtcNow() < until)
        {
            while (world.RunOne())
            {
            }
            world.PassTime();
        }
    }
}
