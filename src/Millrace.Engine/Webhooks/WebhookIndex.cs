using System.Collections.Concurrent;
using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Webhooks;

/// <summary>
/// The webhooks of active workflows by their paths: folded from a tenant's workflows when it is first asked about, then kept up with every change.
/// Where two workflows want the same requests, the one whose id comes first gets them: the older one, where ids were not chosen.
/// </summary>
public sealed class WebhookIndex(IStore store, WorkflowLibrary workflows)
{
    private const int Page = 200;

    private readonly ConcurrentDictionary<string, TenantWebhooks> _tenants = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _refreshing = new(1);

    /// <summary>Those that answer at a path, the one that is asked first in front.</summary>
    public async ValueTask<ImmutableArray<WebhookStart>> FindAsync(string tenant, string path, CancellationToken cancellation = default)
    {
        if (_tenants.TryGetValue(tenant, out var known) && known.TryFind(path, out var found))
            return found;
        await _refreshing.WaitAsync(cancellation);
        try
        {
            return (await RefreshAsync(tenant, cancellation)).At(path);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>The webhooks of a graph: those of its nodes, and those of its triggers.</summary>
    public static ImmutableArray<WebhookStart> Of(string workflowId, CompiledGraph graph, INodeCompiler types) =>
        [.. AtNodes(workflowId, graph), .. WebhookTriggers.Compile(graph.Definition, workflowId, types, [])];

    private static IEnumerable<WebhookStart> AtNodes(string workflowId, CompiledGraph graph) => graph.Nodes
        .Where(node => node.Logic is IWebhookLogic && !node.Definition.Disabled)
        .Select(node => new WebhookStart(workflowId, node.Id, (IWebhookLogic)node.Logic, node.Definition.ConfigSource));

    /// <summary>Adds an error for each webhook whose answer is a node's to give where no node gives one.</summary>
    internal static void CheckAnswers(CompiledGraph graph, IEnumerable<WebhookStart> triggers, ICollection<Problem> problems)
    {
        if (graph.Nodes.Any(node => node.Logic is IRespondLogic && !node.Definition.Disabled))
            return;
        foreach (var webhook in AtNodes("", graph).Concat(triggers).Where(webhook => webhook.Logic.Answer == WebhookAnswer.Respond))
            problems.Add(new(webhook.Config + "/responseMode", "no_respond_node", "The caller would be answered by a 'respond' node, and there is none. Add one, or use 'wait' to answer with the result."));
    }

    /// <summary>A workflow was saved, switched or deleted.</summary>
    internal void Changed(string tenant, string workflowId)
    {
        if (_tenants.TryGetValue(tenant, out var known))
            known.Changed(workflowId);
    }

    private async Task<TenantWebhooks> RefreshAsync(string tenant, CancellationToken cancellation)
    {
        // Findable before anything is read, so that a change meanwhile is noted.
        var webhooks = _tenants.GetOrAdd(tenant, static _ => new());
        try
        {
            if (!webhooks.IsLoaded)
                await LoadAsync(tenant, webhooks, cancellation);
            foreach (var id in webhooks.TakeChanges())
                webhooks.Set(id, await store.ReadWorkflowAsync(tenant, id, cancellation) is { } workflow ? await ReadAsync(workflow) : []);
        }
        catch
        {
            _tenants.TryRemove(tenant, out _);
            throw;
        }
        // Whoever invents tenants must not fill the memory.
        if (webhooks.IsEmpty)
            _tenants.TryRemove(tenant, out _);
        return webhooks;
    }

    private async Task LoadAsync(string tenant, TenantWebhooks webhooks, CancellationToken cancellation)
    {
        string? after = null;
        while (true)
        {
            var page = await store.ListWorkflowsAsync(tenant, new WorkflowFilter(ActiveOnly: true), new Page(Page, after), cancellation);
            foreach (var workflow in page)
                webhooks.Set(workflow.Id, await ReadAsync(workflow));
            if (page.Count < Page)
                break;
            after = page[^1].Id;
        }
        webhooks.IsLoaded = true;
    }

    private async ValueTask<ImmutableArray<WebhookStart>> ReadAsync(WorkflowRecord workflow)
    {
        if (!workflow.IsActive || workflow.IsDraft || !MayHaveWebhooks(workflow.Document.ToString()))
            return [];
        try
        {
            return Of(workflow.Id, await workflows.GraphAsync(workflow.Tenant, workflow.Id, workflow.Version), workflows.Types);
        }
        catch (InvalidDataException)
        {
            // One that an upgrade left unable to run says so when it is started or saved; it must not silence the others.
            return [];
        }
    }

    // Most workflows have none, and need not be compiled to know it: "webHook", "web-hook" and escapes are all that a type's name can be.
    private static bool MayHaveWebhooks(string document) => document.Contains("hook", StringComparison.OrdinalIgnoreCase) || document.Contains("\\u", StringComparison.Ordinal);

    private sealed class TenantWebhooks
    {
        private readonly ConcurrentDictionary<string, bool> _changed = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, ImmutableArray<WebhookStart>> _byWorkflow = new(StringComparer.Ordinal);
        private volatile Dictionary<string, ImmutableArray<WebhookStart>>? _byPath;

        public bool IsLoaded { get; set; }

        public bool IsEmpty => _byWorkflow.Count == 0;

        /// <summary>Those at a path; false where something has changed since they were grouped. The only thing to be asked by many at once.</summary>
        public bool TryFind(string path, out ImmutableArray<WebhookStart> found)
        {
            var byPath = _byPath;
            found = byPath?.GetValueOrDefault(path, []) ?? [];
            return byPath is not null && _changed.IsEmpty;
        }

        public ImmutableArray<WebhookStart> At(string path) => (_byPath ??= Group()).GetValueOrDefault(path, []);

        public void Changed(string workflowId) => _changed[workflowId] = true;

        public string[] TakeChanges() => [.. _changed.Keys.Where(id => _changed.TryRemove(id, out _))];

        public void Set(string workflowId, ImmutableArray<WebhookStart> webhooks)
        {
            _byPath = null;
            if (webhooks.IsEmpty)
                _byWorkflow.Remove(workflowId);
            else
                _byWorkflow[workflowId] = webhooks;
        }

        private Dictionary<string, ImmutableArray<WebhookStart>> Group() =>
            _byWorkflow.Values.SelectMany(all => all).GroupBy(webhook => webhook.Logic.Path, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
    }
}
