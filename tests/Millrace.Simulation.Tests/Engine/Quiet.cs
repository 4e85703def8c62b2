using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The quiet at the end: no faults, everybody answers, and time passes until nothing is left to happen.</summary>
internal sealed class Quiet(SimulatedWorld world, Clients clients)
{
    /// <summary>What was due longer ago than this should have been done.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(6);

    private const int MostRounds = 200;

    /// <summary>Waits, or gives up.</summary>
    public void Wait()
    {
        for (var round = 0; round < MostRounds; round++)
        {
            Settle(world.Time.GetUtcNow() + (round == 0 ? 2 * Long : Long));
            var alone = clients.LeftAlone();
            var open = world.History.Ids.Select(world.History.Find).OfType<ExecutionRecord>().Where(record => !record.Status.IsTerminal() && !(record.Status == ExecutionStatus.Waiting && alone.Contains(record.Id))).ToList();
            if (open.Count == 0)
                return;
            foreach (var record in open)
                clients.Answer(world.Current, record, isAlone: alone.Contains(record.Id));
            while (clients.HasMore)
                clients.Act(world.Current);
        }
        world.History.Describe();
    }

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
