using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Storage.Tests.Conformance;

/// <summary>Records to write in tests.</summary>
internal static class Sample
{
    public const string Tenant = "acme";
    public const string OtherTenant = "globex";

    public static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 0, 0, 123, TimeSpan.Zero);

    public static JsonText Json(string text) => new(Encoding.UTF8.GetBytes(text));

    public static JournalEntry Entry(long first, long last) =>
        new(first, last, Json($"[{string.Join(',', Enumerable.Range((int)first, (int)(last - first + 1)).Select(seq => $$"""{"seq":{{seq}},"type":"log"}"""))}]"));

    public static ExecutionRecord Execution(string id) => new()
    {
        Tenant = Tenant,
        Id = id,
        WorkflowId = "w1",
        Version = 1,
        Status = ExecutionStatus.Pending,
        WakeAt = Now,
        CreatedAt = Now,
        Request = Json("""{"input":{}}"""),
    };

    /// <summary>An execution with every column set.</summary>
    public static ExecutionRecord FullExecution(string id) => new()
    {
        Tenant = Tenant,
        Id = id,
        WorkflowId = "w1",
        Version = 3,
        Status = ExecutionStatus.Waiting,
        Seq = 2,
        Owner = 0,
        WakeAt = Now.AddSeconds(5),
        Priority = -7,
        CurrentStep = "größe 步骤",
        TotalNodes = 9,
        CompletedNodes = 4,
        Input = Json("""{"a":1}"""),
        Request = Json("""{"b":"ü"}"""),
        Variables = Json("""{"c":[]}"""),
        Result = Json("""{"d":null}"""),
        Error = Json("""{"type":"timeout","message":"e"}"""),
        Cost = Json("""{"money":0.1}"""),
        Trigger = "webhook",
        CorrelationId = "order-1",
        ParentId = "parent",
        CreatedAt = Now,
        StartedAt = Now.AddMilliseconds(1),
        CompletedAt = Now.AddMilliseconds(2),
    };

    public static WorkflowRecord Workflow(string id) => new()
    {
        Tenant = Tenant,
        Id = id,
        Name = $"Workflow {id}",
        IsActive = true,
        UpdatedAt = Now,
        Document = Json($$"""{"name":"{{id}}"}"""),
    };
}
