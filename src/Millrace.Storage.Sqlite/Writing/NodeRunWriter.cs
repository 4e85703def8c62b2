using System.Globalization;
using Millrace.Core.Executions;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Keeps the rows of node runs.</summary>
internal sealed class NodeRunWriter(Connection connection)
{
    private readonly Statement _put = connection.Prepare("""
        insert into node_runs (execution_id, number, node_id, type, iteration, status, attempt, port, effect, started_at, completed_at,
          due_at, first_seq, last_seq, input_seq, output_seq, error_seq, wait_seq, failure_seqs)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (execution_id, number) do update
           set node_id = excluded.node_id, type = excluded.type, iteration = excluded.iteration, status = excluded.status,
               attempt = excluded.attempt, port = excluded.port, effect = excluded.effect, started_at = excluded.started_at,
               completed_at = excluded.completed_at, due_at = excluded.due_at, first_seq = excluded.first_seq,
               last_seq = excluded.last_seq, input_seq = excluded.input_seq, output_seq = excluded.output_seq,
               error_seq = excluded.error_seq, wait_seq = excluded.wait_seq, failure_seqs = excluded.failure_seqs
        """);

    private readonly Statement _delete = connection.Prepare("delete from node_runs where execution_id = ? and number = ?");

    public void Apply(string executionId, NodeRunChanges? changes)
    {
        if (changes is null)
            return;
        foreach (var row in changes.Changed)
            Put(executionId, row);
        foreach (var number in changes.Gone)
            _delete.Bind(executionId).Bind(number).Run();
    }

    private void Put(string executionId, NodeRunRow row)
    {
        var places = row.Places;
        _put.Bind(executionId).Bind(row.Number).Bind(row.NodeId).Bind(row.Type).Bind(row.Iteration)
            .Bind(row.Status.Name()).Bind(row.Attempt).Bind(row.Port).Bind(row.Effect?.Name())
            .Bind(row.StartedAt).Bind(row.CompletedAt).Bind(row.DueAt)
            .Bind(places.First).Bind(places.Last).Bind(places.Input).Bind(places.Output).Bind(places.Error).Bind(places.Wait)
            .Bind(places.Failures.IsEmpty ? null : string.Join(',', places.Failures.Select(Text)))
            .Run();
    }

    private static string Text(long seq) => seq.ToString(CultureInfo.InvariantCulture);
}
