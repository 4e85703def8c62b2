using System.Collections.Immutable;
using System.Globalization;
using Millrace.Core.Executions;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads the rows of node runs.</summary>
internal static class NodeRunQueries
{
    // A scalar, as for journals: SQLite makes a join of EXISTS, and sorts.
    private const string Select = """
        select number, node_id, type, iteration, status, attempt, port, effect, started_at, completed_at, due_at,
               first_seq, last_seq, input_seq, output_seq, error_seq, wait_seq, failure_seqs
          from node_runs
         where execution_id = ?2 and number > ?3 and (select tenant from executions where id = ?2) = ?1
         order by number limit ?4
        """;

    public static List<NodeRunRow> Read(Connection connection, string tenant, string executionId, int after, int limit)
    {
        var statement = connection.Prepare(Select).Bind(tenant).Bind(executionId).Bind(after).Bind(limit);
        List<NodeRunRow> rows = [];
        while (statement.Step())
            rows.Add(ReadRow(statement));
        return rows;
    }

    private static NodeRunRow ReadRow(Statement row) => new(
        row.Int(0), row.Text(1), row.Text(2), row.Text(3), StatusNames.ParseNode(row.Text(4)), row.Int(5), row.TextOrNull(6),
        row.TextOrNull(7) is { } effect ? StatusNames.ParseEffect(effect) : null, row.TimeOrNull(8), row.TimeOrNull(9), row.TimeOrNull(10),
        new RunPlaces(row.Long(11), row.Long(12), row.Long(13), row.Long(14), row.Long(15), row.Long(16))
        {
            Failures = Seqs(row.TextOrNull(17)),
        });

    private static ImmutableArray<long> Seqs(string? text) =>
        text is null ? [] : [.. text.Split(',').Select(seq => long.Parse(seq, CultureInfo.InvariantCulture))];
}
