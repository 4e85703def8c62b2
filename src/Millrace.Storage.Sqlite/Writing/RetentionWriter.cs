using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Keeps what workflows say about how long their ended executions are kept.</summary>
internal sealed class RetentionWriter(Connection connection, EndedWriter ended)
{
    private readonly Statement _clear = connection.Prepare("delete from retention where tenant = ? and workflow_id = ?");

    private readonly Statement _insert = connection.Prepare("insert into retention (tenant, workflow_id, status, keep) values (?, ?, ?, ?)");

    public void Replace(string tenant, string workflowId, RetentionPolicy policy)
    {
        _clear.Bind(tenant).Bind(workflowId).Run();
        if (policy != RetentionPolicy.Unsaid)
            ended.Begin();
        Insert(tenant, workflowId, ExecutionStatus.Completed, policy.Completed);
        Insert(tenant, workflowId, ExecutionStatus.Failed, policy.Failed);
        Insert(tenant, workflowId, ExecutionStatus.Cancelled, policy.Cancelled);
    }

    private void Insert(string tenant, string workflowId, ExecutionStatus status, TimeSpan? keep)
    {
        if (keep is not { } time)
            return;
        long? milliseconds = time == RetentionPolicy.Forever ? null : (long)time.TotalMilliseconds;
        _insert.Bind(tenant).Bind(workflowId).Bind(status.Name()).Bind(milliseconds).Run();
    }
}
