using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;
using Millrace.Engine.Webhooks;
using Millrace.Engine.Workflows;
using Millrace.Nodes.Http;
using Millrace.Testing.Storage;
using Millrace.Testing.Time;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Webhooks;

public sealed class WebhookIndexTests : IAsyncDisposable
{
    // Longer than a tenant's webhooks are kept without being read again.
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly MemoryStore _store = MemoryStore.Open();
    private readonly DedicatedThreadScheduler _commits = new("committer");
    private readonly VirtualTime _time = new();
    private readonly SlowLists _lists;
    private readonly WorkflowLibrary _workflows;

    public WebhookIndexTests()
    {
        _lists = new SlowLists(_store);
        var types = new NodeRegistry([.. NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly))]);
        _workflows = new WorkflowLibrary(_lists, new Committer(_lists, _commits, borrowsCallers: true), types, new RandomIds(), _time);
    }

    public async ValueTask DisposeAsync()
    {
        _commits.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_tenant_whose_workflows_take_long_to_read_keeps_nobody_else_waiting()
    {
        await SaveAsync("big", "w", "orders");
        await SaveAsync("small", "w", "orders");
        // Saving has read them already.
        _time.Advance(Forgotten);
        var goOn = _lists.Hold("big");
        var big = _workflows.Webhooks.FindAsync("big", "orders", TestContext.Current.CancellationToken).AsTask();
        Assert.Single(await _workflows.Webhooks.FindAsync("small", "orders", TestContext.Current.CancellationToken).AsTask().WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken));
        Assert.False(big.IsCompleted);
        goOn.SetResult();
        Assert.Single(await big.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_saved_while_a_tenant_is_read_is_there_for_the_next()
    {
        await SaveAsync("acme", "w1", "one");
        _time.Advance(Forgotten);
        var goOn = _lists.Hold("acme");
        var first = _workflows.Webhooks.FindAsync("acme", "one", TestContext.Current.CancellationToken).AsTask();
        // It looks for webhooks that are taken, and so waits as well.
        var save = SaveAsync("acme", "w2", "two");
        Assert.False(first.IsCompleted);
        goOn.SetResult();
        await save.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Single(await first.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken));
        Assert.Single(await _workflows.Webhooks.FindAsync("acme", "two", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Changes_are_taken_in_without_reading_everything_again()
    {
        await SaveAsync("acme", "w1", "one");
        Assert.Single(await _workflows.Webhooks.FindAsync("acme", "one", TestContext.Current.CancellationToken));
        var lists = _lists.Count;
        await SaveAsync("acme", "w2", "two");
        Assert.Single(await _workflows.Webhooks.FindAsync("acme", "two", TestContext.Current.CancellationToken));
        await SaveAsync("acme", "w1", "other");
        Assert.Empty(await _workflows.Webhooks.FindAsync("acme", "one", TestContext.Current.CancellationToken));
        await _workflows.DeleteAsync("acme", "w2", null);
        Assert.Empty(await _workflows.Webhooks.FindAsync("acme", "two", TestContext.Current.CancellationToken));
        Assert.Equal(lists, _lists.Count);
    }

    [Fact]
    public async Task A_path_stays_with_the_workflow_that_has_it()
    {
        await SaveAsync("acme", "owner", "orders");
        // Its id comes first, and a slash at the end makes no other path.
        var refused = Assert.IsType<SaveOutcome.Invalid>(await TrySaveAsync("a-thief", "/orders/", "POST"));
        var problem = Assert.Single(refused.Problems, problem => problem.Severity == Severity.Error);
        Assert.Equal(("/nodes/0/config/path", "webhook_taken"), (problem.Pointer, problem.Code));
        Assert.Contains("'owner'", problem.Message, StringComparison.Ordinal);
        Assert.Equal("owner", Assert.Single(await FindAsync("orders")).WorkflowId);
        // The owner itself can be saved again.
        await SaveAsync("acme", "owner", "orders");

        var document = Encoding.UTF8.GetBytes(Document("a-thief", "orders", "GET"));
        var analysis = await _workflows.ValidateAsync("acme", document, DocumentFormat.Json, TestContext.Current.CancellationToken);
        Assert.Contains(analysis.Problems, found => found is { Code: "webhook_taken", Severity: Severity.Error });
    }

    [Fact]
    public async Task Other_methods_of_a_path_are_free()
    {
        Assert.IsType<SaveOutcome.Saved>(await TrySaveAsync("reads", "orders", "GET"));
        Assert.IsType<SaveOutcome.Saved>(await TrySaveAsync("writes", "orders", "POST"));
        Assert.IsType<SaveOutcome.Invalid>(await TrySaveAsync("third", "orders", "POST"));
    }

    [Fact]
    public async Task An_inactive_workflow_takes_no_path_until_it_is_activated()
    {
        await SaveAsync("acme", "owner", "orders");
        Assert.IsType<SaveOutcome.Saved>(await TrySaveAsync("other", "orders", "POST", isActive: false));
        var (outcome, taken) = await _workflows.SetActiveAsync("acme", "other", isActive: true);
        Assert.Equal(WriteOutcome.Conflict, outcome);
        Assert.Contains("'owner'", taken, StringComparison.Ordinal);

        await _workflows.SetActiveAsync("acme", "owner", isActive: false);
        Assert.Equal((WriteOutcome.Done, null), await _workflows.SetActiveAsync("acme", "other", isActive: true));
        Assert.Equal("other", Assert.Single(await FindAsync("orders")).WorkflowId);
    }

    [Fact]
    public async Task Of_two_that_want_a_path_at_once_one_gets_it()
    {
        var saves = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => TrySaveAsync($"w{i}", "orders", "POST")));
        Assert.Single(saves.OfType<SaveOutcome.Saved>());
        Assert.Equal(7, saves.OfType<SaveOutcome.Invalid>().Count());
    }

    private async Task<ImmutableArray<WebhookStart>> FindAsync(string path) =>
        await _workflows.Webhooks.FindAsync("acme", path, TestContext.Current.CancellationToken);

    private static string Document(string id, string path, string method) => $$$"""
        {"id":"{{{id}}}","name":"{{{id}}}","edges":[],
         "nodes":[{"id":"hook","type":"webhook","config":{"path":"{{{path}}}","methods":["{{{method}}}"]}}]}
        """;

    private Task<SaveOutcome> TrySaveAsync(string id, string path, string method, bool isActive = true)
    {
        var document = Encoding.UTF8.GetBytes(Document(id, path, method));
        return _workflows.SaveAsync(
            new SaveRequest { Tenant = "acme", Id = id, Document = document, Format = DocumentFormat.Json, IsActive = isActive });
    }

    private async Task SaveAsync(string tenant, string id, string path)
    {
        var document = $$$"""{"id":"{{{id}}}","name":"{{{id}}}","nodes":[{"id":"hook","type":"webhook","config":{"path":"{{{path}}}"}}],"edges":[]}""";
        Assert.IsType<SaveOutcome.Saved>(await _workflows.SaveAsync(new SaveRequest { Tenant = tenant, Id = id, Document = Encoding.UTF8.GetBytes(document), Format = DocumentFormat.Json }));
    }
}
