using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Limits;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads how limits stand.</summary>
internal static class LimitQueries
{
    private const string Select = "select workflow_id, key, most, in_use, waiting from concurrency where tenant = ? and (workflow_id, key)";
    private const string Page = " (?, ?) order by workflow_id, key limit ? offset ?";
    private const string FirstPage = Select + " >=" + Page;
    private const string NextPage = Select + " >" + Page;

    public static List<LimitUse> List(Connection connection, string tenant, Page page)
    {
        var after = LimitScope.Parse(page.After ?? "");
        var statement = connection.Prepare(page.After is null ? FirstPage : NextPage)
            .Bind(tenant).Bind(after.WorkflowId ?? "").Bind(after.Key).Bind(page.Limit).Bind(page.Offset);
        List<LimitUse> limits = [];
        while (statement.Step())
            limits.Add(new LimitUse(SlotCounter.Scope(statement, 0), statement.Int(2) == SlotCounter.Unlimited ? null : statement.Int(2), statement.Int(3), statement.Int(4)));
        return limits;
    }
}
