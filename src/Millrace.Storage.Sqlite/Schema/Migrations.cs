using System.Collections.Immutable;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Brings a database file to this program's schema, or says why it is left alone.</summary>
internal static class Migrations
{
    /// <summary>The name SQLite's header carries for files of ours: "MLRC".</summary>
    private const long ApplicationId = 0x4D4C5243;

    private static readonly ImmutableArray<string> Scripts =
    [
        Migration001_Initial.Sql,
        Migration002_Secrets.Sql,
        Migration003_Limits.Sql,
        Migration004_BlobsAndRetention.Sql,
        Migration005_SignalsAndChildren.Sql,
        Migration006_Waits.Sql,
        Migration007_SecretHosts.Sql,
        Migration008_CachedResults.Sql,
        Migration009_PublishedEvents.Sql,
        Migration010_Integrations.Sql,
        Migration011_Workers.Sql,
        Migration012_Feed.Sql,
        Migration013_NodeRuns.Sql,
        Migration014_Budgets.Sql,
    ];

    /// <summary>The schema that a file has; 0: it is new. Changes nothing.</summary>
    /// <exception cref="StoreException">The file is not ours, or was written by a newer program.</exception>
    public static int Check(Connection connection, string path)
    {
        var version = ReadVersion(connection, path);
        if (version > Scripts.Length)
        {
            throw new StoreException(
                $"'{path}' has schema {version}; this version supports schemas up to {Scripts.Length}. Start the newer Millrace that wrote it, or restore a backup from before the upgrade.",
                rolledBack: true);
        }
        return version;
    }

    /// <summary>Runs the migrations that follow a version, each in a transaction of its own.</summary>
    public static void Apply(Connection connection, int version)
    {
        for (; version < Scripts.Length; version++)
        {
            connection.Execute($"""
                begin immediate;
                {Scripts[version]}
                insert into meta values ('schema_version', {version + 1}) on conflict (name) do update set value = excluded.value;
                pragma application_id = {ApplicationId};
                commit;
                """);
        }
    }

    private static int ReadVersion(Connection connection, string path)
    {
        if (Scalar(connection, "pragma application_id") == ApplicationId)
            return (int)Scalar(connection, "select value from meta where name = 'schema_version'");
        if (Scalar(connection, "select count(*) from sqlite_master") == 0)
            return 0;
        throw new StoreException(
            $"'{path}' contains another program's tables. Name another file with DATABASE_PATH, or omit that setting to use the default file.",
            rolledBack: true);
    }

    private static long Scalar(Connection connection, string sql)
    {
        var statement = connection.Prepare(sql);
        var value = statement.Step() ? statement.Long(0) : 0;
        statement.Reset();
        return value;
    }
}
