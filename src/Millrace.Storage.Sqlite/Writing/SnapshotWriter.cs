using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Keeps the last snapshot of each execution.</summary>
internal sealed class SnapshotWriter(Connection connection)
{
    private readonly Statement _replace = connection.Prepare("""
        insert into snapshots (execution_id, seq, state) values (?, ?, ?)
        on conflict (execution_id) do update set seq = excluded.seq, state = excluded.state
        """);

    public void Replace(string executionId, ExecutionSnapshot? snapshot)
    {
        if (snapshot is { } taken)
            _replace.Bind(executionId).Bind(taken.Seq).Bind(taken.State).Run();
    }
}
