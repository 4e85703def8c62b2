using System.Collections.Concurrent;
using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Webhooks;
using Millrace.Engine.Workers;

namespace Millrace.Engine.Workflows;

/// <summary>The workflows: reads and checks documents, saves them as versions, and keeps the compiled ones at hand.</summary>
public sealed class WorkflowLibrary(IStore store, Committer committer, NodeRegistry types, IdSource ids, TimeProvider time)
{
    private const int CachedVersions = 2_000;
    private const string TakenCode = "webhook_taken";

    private readonly ConcurrentDictionary<(string Tenant, string Id, int Version), CompiledGraph> _graphs = new();
    private readonly SemaphoreSlim _claimingPaths = new(1);
    private TenantCache<CurrentVersion>? _current;
    private WebhookIndex? _webhooks;
    private WorkerTypes? _workers;

    /// <summary>The node types that the documents of every tenant may use.</summary>
    public NodeRegistry Types => types;

    /// <summary>The node types that workers have registered for documents of their tenant.</summary>
    public WorkerTypes WorkerTypes => LazyInitializer.EnsureInitialized(ref _workers, () => MakeWorkerTypes());

    /// <summary>Finds what is doubtful about a graph in the eyes of one tenant: what is stored beside workflows; null: nothing does.</summary>
    public Func<string, CompiledGraph, CancellationToken, ValueTask<IReadOnlyList<Problem>>>? TenantCheck { get; init; }

    /// <summary>The webhooks of active workflows.</summary>
    public WebhookIndex Webhooks => LazyInitializer.EnsureInitialized(ref _webhooks, () => new WebhookIndex(store, this, time));

    /// <summary>Reads, validates and compiles a document of a tenant. Stores and runs nothing.</summary>
    public async ValueTask<Analysis> AnalyzeAsync(string tenant, ReadOnlyMemory<byte> document, DocumentFormat format, CancellationToken cancellation = default)
    {
        var known = await WorkerTypes.OfAsync(tenant, cancellation);
        return Analysis.Of(document.Span, format, known);
    }

    /// <summary>As <see cref="AnalyzeAsync"/>, with the warnings about what is stored beside workflows.</summary>
    public async ValueTask<Analysis> ValidateAsync(string tenant, ReadOnlyMemory<byte> document, DocumentFormat format, CancellationToken cancellation) =>
        await WithTakenWebhooksAsync(
            tenant, await ForTenantAsync(tenant, await AnalyzeAsync(tenant, document, format, cancellation), cancellation));

    /// <summary>Saves a document as a new workflow or as the next version of one.</summary>
    public async Task<SaveOutcome> SaveAsync(SaveRequest request)
    {
        var analysis = await AnalyzeAsync(request.Tenant, request.Document, request.Format);
        if (analysis.IsMalformed)
            return new SaveOutcome.Malformed(analysis.Problems);
        if (analysis.Graph is null && !request.AsDraft)
            return new SaveOutcome.Invalid(analysis.Problems);
        var now = time.GetUtcNow();
        var definition = analysis.Definition;
        var id = request.Id ?? definition?.Id ?? ids.Next(now);
        if (!IsId(id))
            return new SaveOutcome.Invalid([new Problem("/id", "invalid_id", $"'{id}' is not a valid workflow id. Use 1 to 64 letters, digits, '_' or '-'.")]);
        var record = new WorkflowRecord
        {
            Tenant = request.Tenant,
            Id = id,
            Name = definition?.Name ?? "Draft",
            Description = definition?.Description,
            Tags = definition?.Tags ?? [],
            Owner = request.User,
            IsActive = request.IsActive ?? AuthoredActive(analysis) ?? await CurrentlyActiveAsync(request) ?? true,
            IsDraft = analysis.Graph is null,
            CreatedAt = now,
            UpdatedAt = now,
            Document = new JsonText(request.Document),
            Format = request.Format == DocumentFormat.Yaml ? "yaml" : "json",
        };
        var save = new SaveWorkflow(record)
        {
            SavedBy = request.User,
            ExpectedVersion = request.ExpectedVersion,
            Concurrency = definition?.Settings.Concurrency?.Limit,
            Retention = definition?.Settings.Retention,
            Idempotency = request.Idempotency,
        };
        if (analysis.Graph is not { } graph || !record.IsActive)
            return await SaveAsync(save, analysis);
        return await WithWebhooksAsync(record.Tenant, record.Id, graph, async taken => taken.Any(IsTakenByAnother)
            ? new SaveOutcome.Invalid([.. analysis.Problems, .. analysis.Read.Locate(taken)])
            : await SaveAsync(save, analysis with { Problems = [.. analysis.Problems, .. analysis.Read.Locate(taken)] }));
    }

    private async Task<SaveOutcome> SaveAsync(SaveWorkflow save, Analysis analysis) => await committer.CommitAsync(save) switch
    {
        CommitResult.Saved saved => new SaveOutcome.Saved(
            save.Workflow.Id, saved.Version, saved.Created, await ForTenantAsync(save.Workflow.Tenant, analysis, CancellationToken.None)),
        CommitResult.Duplicate duplicate => new SaveOutcome.Duplicate(duplicate.ResourceId),
        _ => new SaveOutcome.Conflict(save.Workflow.Id),
    };

    /// <summary>
    /// Turns triggers on or off; a draft cannot be turned on, nor what would take another workflow's webhooks. With a sentence where that
    /// is why.
    /// </summary>
    public async Task<(WriteOutcome Outcome, string? Taken)> SetActiveAsync(
        string tenant, string id, bool isActive, IdempotencyKey? idempotency = null)
    {
        var activate = new ActivateWorkflow(tenant, id, isActive, time.GetUtcNow()) { Idempotency = idempotency };
        var record = isActive ? await store.ReadWorkflowAsync(tenant, id) : null;
        if (record is { IsDraft: true })
            return (WriteOutcome.Conflict, null);
        if (record is null or { IsActive: true } || await GraphOrNoneAsync(record) is not { } graph)
            return ((await committer.CommitAsync(activate)).Outcome, null);
        return await WithWebhooksAsync<(WriteOutcome, string?)>(
            tenant,
            id,
            graph,
            async taken => taken.Find(IsTakenByAnother) is { } problem
                ? (WriteOutcome.Conflict, problem.Message)
                : ((await committer.CommitAsync(activate)).Outcome, null));
    }

    // One that an upgrade left unable to run has no webhooks.
    private async ValueTask<CompiledGraph?> GraphOrNoneAsync(WorkflowRecord workflow)
    {
        try
        {
            return await GraphAsync(workflow.Tenant, workflow.Id, workflow.Version);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Deletes a workflow from sight.</summary>
    public async Task<WriteOutcome> DeleteAsync(string tenant, string id, int? expectedVersion, IdempotencyKey? idempotency = null) =>
        (await committer.CommitAsync(new DeleteWorkflow(tenant, id, time.GetUtcNow()) { ExpectedVersion = expectedVersion, Idempotency = idempotency })).Outcome;

    /// <summary>A version to run; null where there is none. Its graph is null where it is a draft.</summary>
    internal async ValueTask<Runnable?> FindRunnableAsync(string tenant, string id, int? version, CancellationToken cancellation)
    {
        if (await Current.GetAsync(tenant, id, cancellation) is not { } current)
            return null;
        if (version is null || version == current.Version)
            return new Runnable(current.Version, current.IsDraft ? null : await GraphAsync(tenant, id, current.Version));
        if (await store.ReadVersionAsync(tenant, id, version.Value, cancellation) is not { } older)
            return null;
        return new Runnable(older.Version, older.IsDraft ? null : await GraphAsync(tenant, id, older.Version));
    }

    /// <summary>The compiled graph of a version.</summary>
    /// <exception cref="InvalidDataException">There is no such version, or it can no longer be compiled.</exception>
    internal async ValueTask<CompiledGraph> GraphAsync(string tenant, string id, int version)
    {
        if (_graphs.TryGetValue((tenant, id, version), out var graph))
            return graph;
        var stored = await store.ReadVersionAsync(tenant, id, version)
            ?? throw new InvalidDataException($"Workflow '{id}' has no version {version}.");
        var known = await WorkerTypes.OfSavedAsync(tenant);
        var analysis = Analysis.Of(stored.Document.Utf8.Span, FormatOf(stored.Format), known);
        graph = analysis.Graph ?? throw new InvalidDataException(
            $"Version {version} of workflow '{id}' cannot be run: {string.Join(' ', analysis.Problems.Where(problem => problem.Severity == Severity.Error).Select(problem => problem.Message))}");
        Bound(_graphs);
        return _graphs.GetOrAdd((tenant, id, version), graph);
    }

    /// <summary>Whether a text can be a workflow's id.</summary>
    public static bool IsId(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>The format of a stored document.</summary>
    public static DocumentFormat FormatOf(string format) => string.Equals(format, "yaml", StringComparison.Ordinal) ? DocumentFormat.Yaml : DocumentFormat.Json;

    // What runs keeps the graph that it began with.
    private void ForgetGraphs(string tenant)
    {
        foreach (var key in _graphs.Keys.Where(key => string.Equals(key.Tenant, tenant, StringComparison.Ordinal)))
            _graphs.TryRemove(key, out _);
    }

    private TenantCache<CurrentVersion> Current => LazyInitializer.EnsureInitialized(
        ref _current, () => TenantCache.OfThings(store.Changes, ChangeKind.Workflow, ReadCurrentAsync, time));

    private async ValueTask<CurrentVersion?> ReadCurrentAsync(string tenant, string id) =>
        await store.ReadWorkflowAsync(tenant, id) is { } record ? new CurrentVersion(record.Version, record.IsDraft) : null;

    private WorkerTypes MakeWorkerTypes()
    {
        var made = new WorkerTypes(store, committer, types, time);
        _ = store.Changes.Listen(ChangeKind.WorkerTypes, change => ForgetGraphs(change.Tenant));
        return made;
    }

    private async ValueTask<Analysis> ForTenantAsync(string tenant, Analysis analysis, CancellationToken cancellation) =>
        TenantCheck is { } check && analysis.Graph is { } graph && await check(tenant, graph, cancellation) is { Count: > 0 } found
            ? analysis with { Problems = [.. analysis.Problems, .. analysis.Read.Locate(found)] }
            : analysis;

    private async ValueTask<Analysis> WithTakenWebhooksAsync(string tenant, Analysis analysis)
    {
        if (analysis.Graph is not { } graph || !graph.Definition.IsActive)
            return analysis;
        var taken = await TakenWebhooksAsync(tenant, graph.Definition.Id ?? await IdOfNamesakeAsync(tenant, graph), graph);
        return analysis with { Problems = [.. analysis.Problems, .. analysis.Read.Locate(taken)] };
    }

    // A document that names no workflow is checked by whoever is about to save it again: one that is called the same is most likely its
    // own.
    private async ValueTask<string> IdOfNamesakeAsync(string tenant, CompiledGraph graph)
    {
        foreach (var webhook in WebhookIndex.Of("", graph, types))
        {
            foreach (var owner in await Webhooks.FindAsync(tenant, webhook.Logic.Path))
            {
                var workflow = await store.ReadWorkflowAsync(tenant, owner.WorkflowId);
                if (string.Equals(workflow?.Name, graph.Definition.Name, StringComparison.Ordinal))
                    return owner.WorkflowId;
            }
        }
        return "";
    }

    // Whoever has a path keeps it: what is found is still true when the write that depends on it is made.
    private async Task<T> WithWebhooksAsync<T>(string tenant, string id, CompiledGraph graph, Func<List<Problem>, Task<T>> write)
    {
        if (WebhookIndex.Of(id, graph, types).IsEmpty)
            return await write([]);
        await _claimingPaths.WaitAsync();
        try
        {
            return await write(await TakenWebhooksAsync(tenant, id, graph));
        }
        finally
        {
            _claimingPaths.Release();
        }
    }

    private async Task<List<Problem>> TakenWebhooksAsync(string tenant, string id, CompiledGraph graph)
    {
        var taken = new List<Problem>();
        var own = WebhookIndex.Of(id, graph, types);
        foreach (var webhook in own)
        {
            var others = (await Webhooks.FindAsync(tenant, webhook.Logic.Path)).Where(other => !IsOf(id, other));
            var path = webhook.Config + "/path";
            if (others.FirstOrDefault(webhook.Overlaps) is { } owner)
                taken.Add(new(
                    path,
                    TakenCode,
                    $"The webhook path '{webhook.Logic.Path}' belongs to the workflow '{owner.WorkflowId}'. Choose another path or other "
                        + "methods, or deactivate that workflow."));
            else if (own.FirstOrDefault(other => webhook.Overlaps(other)) is { } first && !webhook.Is(first))
                taken.Add(new(
                    path,
                    TakenCode,
                    $"The webhook path '{webhook.Logic.Path}' is used twice in this workflow; requests go to the first. Choose another "
                        + "path.",
                    Severity: Severity.Warning));
        }
        return taken;
    }

    private static bool IsTakenByAnother(Problem problem) => problem.Severity == Severity.Error;

    private static bool IsOf(string workflowId, WebhookStart webhook) =>
        string.Equals(webhook.WorkflowId, workflowId, StringComparison.Ordinal);

    // What the document says; null where it says nothing.
    private static bool? AuthoredActive(Analysis analysis) =>
        analysis.Definition is { } definition && analysis.Read.Document.TryGetMap(out var document) && SaysActive(document) ? definition.IsActive : null;

    private static bool SaysActive(MapValue document)
    {
        foreach (var entry in document.Entries)
        {
            if (entry.Key.AsString().Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant() is "ISACTIVE" or "ACTIVE")
                return true;
        }
        return false;
    }

    // A document that does not say leaves a workflow that somebody switched off as it is.
    private async ValueTask<bool?> CurrentlyActiveAsync(SaveRequest request) =>
        request.Id is { } id ? (await store.ReadWorkflowAsync(request.Tenant, id))?.IsActive : null;

    // Refilled within moments where it matters; anything cleverer would need a clock on the hot path.
    private static void Bound<TKey, TValue>(ConcurrentDictionary<TKey, TValue> cache) where TKey : notnull
    {
        if (cache.Count >= CachedVersions)
            cache.Clear();
    }

    private sealed record CurrentVersion(int Version, bool IsDraft);
}

/// <summary>A version to run.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Graph">Its graph; null: it is a draft.</param>
internal readonly record struct Runnable(int Version, CompiledGraph? Graph);

/// <summary>What a document turned out to be.</summary>
/// <param name="Read">What the reader made of it.</param>
/// <param name="Graph">Ready to run; null where there are errors.</param>
/// <param name="Problems">All problems found, with their locations.</param>
public sealed record Analysis(ReadResult Read, CompiledGraph? Graph, ImmutableArray<Problem> Problems)
{
    /// <summary>Reads, validates and compiles a document. Stores and runs nothing.</summary>
    public static Analysis Of(ReadOnlySpan<byte> document, DocumentFormat format, INodeCompiler types)
    {
        var read = DefinitionReader.Read(document, format, types);
        var problems = new List<Problem>(read.Problems);
        CompiledGraph? compiled = null;
        if (read.Definition is { } definition)
        {
            problems.AddRange(DefinitionValidator.Validate(definition, read.Document, types));
            if (problems.Exists(problem => problem.Severity == Severity.Error))
                CompileRest(definition, types, problems);
            else
                compiled = Compile(definition, types, problems);
        }
        return new Analysis(read, compiled, Locate(problems, read, document, format));
    }

    private static CompiledGraph? Compile(WorkflowDefinition definition, INodeCompiler types, List<Problem> problems)
    {
        var graph = GraphCompiler.Compile(definition, types, problems);
        var triggers = WebhookTriggers.Compile(definition, definition.Id ?? "id", types, problems);
        if (graph is not null)
            WebhookIndex.CheckAnswers(graph, triggers, problems);
        return problems.Exists(problem => problem.Severity == Severity.Error) ? null : graph;
    }

    // There will be no graph, but whoever corrects the document wants to know everything at once. What the validator found at a node would only be found again, less precisely.
    private static void CompileRest(WorkflowDefinition part, INodeCompiler types, List<Problem> problems)
    {
        foreach (var node in part.Nodes)
        {
            if (types.Find(node.Type) is { Kind: not NodeKind.Comment } && !problems.Exists(problem => problem.Severity == Severity.Error && IsAt(problem.Pointer, node.Source.ToString()))
                && types.Compile(node, problems) is BodyLogic { Body: var body })
                CompileRest(body, types, problems);
        }
    }

    private static bool IsAt(string pointer, string place) =>
        pointer.StartsWith(place, StringComparison.Ordinal) && (pointer.Length == place.Length || pointer[place.Length] == '/');

    /// <summary>The definition; null where the document could not be read.</summary>
    public WorkflowDefinition? Definition => Read.Definition;

    /// <summary>Whether it is not even JSON or YAML.</summary>
    public bool IsMalformed => Read.Malformed;

    // JSON is searched for places only where something is wrong, which is rare.
    private static ImmutableArray<Problem> Locate(List<Problem> problems, ReadResult read, ReadOnlySpan<byte> document, DocumentFormat format)
    {
        if (problems.Count == 0 || read.Malformed)
            return [.. problems];
        var positions = read.Positions ?? (format == DocumentFormat.Json ? SourceMap.OfJson(document, read.Document) : null);
        return (read with { Positions = positions }).Locate(problems);
    }
}

/// <summary>A document to save.</summary>
public sealed record SaveRequest
{
    /// <summary>The tenant that the request is for.</summary>
    public required string Tenant { get; init; }

    /// <summary>The id to save under; null: the document's own, else a new one.</summary>
    public string? Id { get; init; }

    /// <summary>The document, verbatim.</summary>
    public required ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>The format of the document, JSON or YAML.</summary>
    public DocumentFormat Format { get; init; }

    /// <summary>Whether to keep it although it is invalid.</summary>
    public bool AsDraft { get; init; }

    /// <summary>Overrides the document's own isActive.</summary>
    public bool? IsActive { get; init; }

    /// <summary>The user who saves; null without authentication.</summary>
    public string? User { get; init; }

    /// <summary>The version it must stand at; 0: it must be new; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }

    /// <summary>The caller's key against doubled saves.</summary>
    public IdempotencyKey? Idempotency { get; init; }
}

/// <summary>What became of a save. The set is closed.</summary>
public abstract record SaveOutcome
{
    /// <summary>The workflow was saved as a new version.</summary>
    /// <param name="Id">The workflow's id.</param>
    /// <param name="Version">The version that it is.</param>
    /// <param name="Created">Whether the workflow is new.</param>
    /// <param name="Analysis">What was found, warnings included.</param>
    public sealed record Saved(string Id, int Version, bool Created, Analysis Analysis) : SaveOutcome;

    /// <summary>It is not JSON or YAML.</summary>
    /// <param name="Problems">The problems, with their locations.</param>
    public sealed record Malformed(ImmutableArray<Problem> Problems) : SaveOutcome;

    /// <summary>It is not a workflow that can run.</summary>
    /// <param name="Problems">The problems that prevent it.</param>
    public sealed record Invalid(ImmutableArray<Problem> Problems) : SaveOutcome;

    /// <summary>The id is taken, or the workflow stands at another version.</summary>
    /// <param name="Id">The id.</param>
    public sealed record Conflict(string Id) : SaveOutcome;

    /// <summary>The idempotency key was used before.</summary>
    /// <param name="Id">The workflow that was saved then.</param>
    public sealed record Duplicate(string Id) : SaveOutcome;
}
