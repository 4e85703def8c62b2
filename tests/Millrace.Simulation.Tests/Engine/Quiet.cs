using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The quiet at the end: no faults, everybody answers, and time passes until nothing is left to happen.</summary>
internal sealed class Quiet(SimulatedWorld world, Clients clients)
{
    private const int MostRounds = 200;
    private static readonly TimeSpan Round = TimeSpan.FromMinutes(6);

    /// <summary>Waits. False: it gave up.</summary>
    public bool Wait()
    {
        for (var round = 0; round < MostRounds; round++)
        {
            Settle(world.Time.GetUtcNow() + (round == 0 ? 2 * Round : Round));
            var alone = clients.LeftAlone();
            var open = world.History.Ids.Select(world.History.Find).OfType<ExecutionRecord>().Where(record => !record.Status.IsTerminal() && !(record.Status == ExecutionStatus.Waiting && alone.Contains(record.Id))).ToList();
            if (open.Count == 0)
                return true;
            foreach (var record in open)
                clients.Answer(world.Current, record, isAlone: alone.Contains(record.Id));
            while (clients.HasMore)
                clients.Act(world.Current);
        }
        return false;
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
