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
public sealed class WebhookIndex(IStore store, WorkflowLibrary workflows, TimeProvider time)
{
    private const int Page = 200;

    // Longer than usual: to read a tenant's again takes all its workflows. What is hinted at is taken in at once.
    private static readonly CacheBounds Bounds = new(1_000, TimeSpan.FromMinutes(5));

    private TenantCache<TenantWebhooks>? _tenants;

    private TenantCache<TenantWebhooks> Tenants => LazyInitializer.EnsureInitialized(ref _tenants, () => TenantCache.OfTenants(
        store.Changes, ChangeKind.Workflow, LoadAsync, time, Bounds, static (webhooks, change) => webhooks.TakeIn(change)));

    /// <summary>Those that answer at a path, the one that is asked first in front.</summary>
    public async ValueTask<ImmutableArray<WebhookStart>> FindAsync(string tenant, string path, CancellationToken cancellation = default) =>
        await Tenants.GetAsync(tenant, cancellation: cancellation) is { } webhooks
            ? await webhooks.FindAsync(path, id => ReadAsync(tenant, id), cancellation)
            : [];

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
            problems.Add(
                new(
                    webhook.Config + "/responseMode",
                    "no_respond_node",
                    "The response mode is 'respond', but there is no 'respond' node. Add one, or use 'wait' to respond with the result."));
    }

    private async ValueTask<TenantWebhooks?> LoadAsync(string tenant)
    {
        var webhooks = new TenantWebhooks();
        string? after = null;
        while (true)
        {
            var page = await store.ListWorkflowsAsync(tenant, new WorkflowFilter(ActiveOnly: true), new Page(Page, after));
            foreach (var workflow in page)
                webhooks.Set(workflow.Id, await ReadAsync(workflow));
            if (page.Count < Page)
                break;
            after = page[^1].Id;
        }
        return webhooks;
    }

    private async ValueTask<ImmutableArray<WebhookStart>> ReadAsync(string tenant, string workflowId) =>
        await store.ReadWorkflowAsync(tenant, workflowId) is { } workflow ? await ReadAsync(workflow) : [];

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
        private readonly SemaphoreSlim _refreshing = new(1);
        private volatile Dictionary<string, ImmutableArray<WebhookStart>>? _byPath;

        /// <summary>Notes that a workflow has changed; false: it is not said which.</summary>
        public bool TakeIn(Change change)
        {
            if (change.Id.Length == 0)
                return false;
            _changed[change.Id] = true;
            return true;
        }

        /// <summary>Those at a path. What has changed is read first, by one caller for all.</summary>
        public async ValueTask<ImmutableArray<WebhookStart>> FindAsync(
            string path, Func<string, ValueTask<ImmutableArray<WebhookStart>>> read, CancellationToken cancellation)
        {
            if (_byPath is { } byPath && _changed.IsEmpty)
                return byPath.GetValueOrDefault(path, []);
            await _refreshing.WaitAsync(cancellation);
            try
            {
                foreach (var id in _changed.Keys)
                    await RefreshAsync(id, read);
                return (_byPath ??= Group()).GetValueOrDefault(path, []);
            }
            finally
            {
                _refreshing.Release();
            }
        }

        public void Set(string workflowId, ImmutableArray<WebhookStart> webhooks)
        {
            _byPath = null;
            if (webhooks.IsEmpty)
                _byWorkflow.Remove(workflowId);
            else
                _byWorkflow[workflowId] = webhooks;
        }

        // The note goes before the read, so that another change meanwhile is noted again.
        private async ValueTask RefreshAsync(string workflowId, Func<string, ValueTask<ImmutableArray<WebhookStart>>> read)
        {
            _changed.TryRemove(workflowId, out _);
            try
            {
                Set(workflowId, await read(workflowId));
            }
            catch
            {
                _changed[workflowId] = true;
                throw;
            }
        }

        private Dictionary<string, ImmutableArray<WebhookStart>> Group() => _byWorkflow.Values
            .SelectMany(all => all)
            .GroupBy(webhook => webhook.Logic.Path, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
    }
}
