using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Opening;

/// <summary>Each opening of a store has a number of its own; what earlier ones owned is free again.</summary>
internal static class Epochs
{
    /// <summary>Takes the next epoch and makes everything that earlier epochs owned due at once.</summary>
    public static long Next(Connection connection)
    {
        connection.Execute("begin immediate");
        connection.Prepare("update meta set value = value + 1 where name = 'epoch'").Run();
        connection.Prepare("update executions set owner = 0, wake_at = 0 where owner > 0").Run();
        var read = connection.Prepare("select value from meta where name = 'epoch'");
        read.Step();
        var epoch = read.Long(0);
        read.Reset();
        connection.Execute("commit");
        return epoch;
    }
}
