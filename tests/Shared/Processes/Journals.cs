using Microsoft.Data.Sqlite;

namespace Millrace.Tests.Processes;

/// <summary>Looks into a server's database from outside.</summary>
internal static class Journals
{
    /// <summary>Every journal runs from 1 without gaps, and has one end.</summary>
    public static void AssertWhole(string database)
    {
        var gaps = Query(database, "SELECT execution_id FROM journal_events GROUP BY execution_id HAVING count(*) <> max(seq) OR min(seq) <> 1", row => row.GetString(0));
        Assert.Empty(gaps);
        var ends = Query(database, """
            SELECT execution_id FROM journal_events
            GROUP BY execution_id
            HAVING sum(type IN ('workflow_completed', 'workflow_failed', 'workflow_cancelled')) <> 1
            """, row => row.GetString(0));
        Assert.Empty(ends);
    }

    public static List<T> Query<T>(string database, string sql, Func<SqliteDataReader, T> read)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}
