using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Ends epochs. Opening the store has ended all earlier ones already, and its own goes on for as long as the store is open.</summary>
internal sealed class EpochWriter(Connection connection, long epoch)
{
    private readonly Statement _release = connection.Prepare("update executions set owner = 0, wake_at = 0 where owner = ? and owner > 0");

    public CommitResult Apply(EndEpoch end)
    {
        if (end.Epoch == epoch)
            return CommitResult.Refused(WriteOutcome.Conflict);
        _release.Bind(end.Epoch).Run();
        return CommitResult.DoneWithRoom;
    }
}
