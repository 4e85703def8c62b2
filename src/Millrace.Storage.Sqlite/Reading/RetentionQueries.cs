using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Finds what may go: executions kept long enough, and blobs that nobody refers to.</summary>
internal static class RetentionQueries
{
    // A parent that runs may yet want its children undone.
    private const string IsFree = """
        not exists (select 1 from executions child cross join executions parent on parent.id = child.parent_id and parent.tenant = child.tenant
                     where child.id = e.execution_id and parent.status not in ('completed', 'failed', 'cancelled'))
        """;

    // For each policy one step into the list of what has ended, oldest first; so however many are kept, only those that may go are read.
    private const string ExpiredByPolicy = $"""
        select e.tenant, e.execution_id from retention policy cross join ended e
            on e.tenant = policy.tenant and e.workflow_id = policy.workflow_id and e.status = policy.status
         where e.completed_at <= ?1 - policy.keep and {IsFree}
         limit ?2
        """;

    private const string ExpiredByDefault = $"""
        select e.tenant, e.execution_id from workflows each_workflow cross join ended e
            on e.tenant = each_workflow.tenant and e.workflow_id = each_workflow.id and e.status = ?1
         where e.completed_at <= ?2 and {IsFree}
           and not exists (select 1 from retention r where r.tenant = each_workflow.tenant and r.workflow_id = each_workflow.id and r.status = ?1)
         limit ?3
        """;

    private const string Refers = """
        select 1 from blob_references b cross join executions e on e.id = b.execution_id
         where b.blob_id = ? and e.tenant = ? limit 1
        """;

    private const string Unreferred = """
        select value from json_each(?) where not exists (select 1 from blob_references where blob_id = value)
        """;

    public static List<ExecutionKey> ListExpired(Connection connection, RetentionPolicy defaults, DateTimeOffset now, int limit)
    {
        List<ExecutionKey> expired = [];
        Read(connection.Prepare(ExpiredByPolicy).Bind(now).Bind(limit), expired);
        foreach (var (status, keep) in new[] { (ExecutionStatus.Completed, defaults.Completed), (ExecutionStatus.Failed, defaults.Failed), (ExecutionStatus.Cancelled, defaults.Cancelled) })
        {
            if (keep is { } time && time != RetentionPolicy.Forever && expired.Count < limit)
                Read(connection.Prepare(ExpiredByDefault).Bind(status.Name()).Bind(now - time).Bind(limit - expired.Count), expired);
        }
        return expired;
    }

    public static bool RefersToBlob(Connection connection, string tenant, string blobId)
    {
        var statement = connection.Prepare(Refers).Bind(blobId).Bind(tenant);
        var refers = statement.Step();
        statement.Reset();
        return refers;
    }

    public static List<string> ListUnreferred(Connection connection, IReadOnlyList<string> blobIds)
    {
        var statement = connection.Prepare(Unreferred).Bind(JsonSerializer.Serialize(blobIds));
        List<string> unreferred = [];
        while (statement.Step())
            unreferred.Add(statement.Text(0));
        return unreferred;
    }

    private static void Read(Statement statement, List<ExecutionKey> into)
    {
        while (statement.Step())
            into.Add(new ExecutionKey(statement.Text(0), statement.Text(1)));
    }
}
