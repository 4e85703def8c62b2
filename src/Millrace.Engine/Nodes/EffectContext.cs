using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Caching;
using Millrace.Engine.Events;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;
using Millrace.Engine.Waits;

namespace Millrace.Engine.Nodes;

/// <summary>What an effect knows about the attempt it is.</summary>
public sealed class EffectContext
{
    private List<LogLine>? _logs;
    private List<KeyValuePair<string, SecretHosts>>? _bound;
    private Dictionary<string, string>? _derived;

    /// <summary>Whose execution it is.</summary>
    public required string Tenant { get; init; }

    /// <summary>The execution.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>The execution whose id is in the key: for a retry, the one that is retried; null: this one.</summary>
    public string? KeyId { get; init; }

    /// <summary>The workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The iteration path; empty at the top level.</summary>
    public string Iteration { get; init; } = "";

    /// <summary>From 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>See <see cref="Millrace.Core.Executions.NodeRun.Generation"/>.</summary>
    public int Generation { get; init; }

    /// <summary>What arrived at the node.</summary>
    public Value Data { get; init; }

    /// <summary>Hears pieces of the result as they come; null: nobody does.</summary>
    internal Action<string>? OnToken { get; init; }

    /// <summary>Waits without taking up room or time; null: by waiting.</summary>
    internal Func<Task, Task>? Aside { get; init; }

    /// <summary>Starts executions; null where the effect belongs to none that is stored.</summary>
    internal IChildStarter? Children { get; init; }

    /// <summary>Results that are kept for later; null where the effect belongs to no execution that is stored.</summary>
    public ResultCache? Cache { get; init; }

    /// <summary>Publishes events.</summary>
    internal EventPublisher? Publisher { get; init; }

    /// <summary>How many executions are around this one: its parent, that one's parent, and so on.</summary>
    internal int Depth { get; init; }

    /// <summary>The tenant's secrets, for the fields of the config that may have some.</summary>
    internal TenantSecrets Secrets { get; init; } = TenantSecrets.None;

    /// <summary>The config with its secrets; null: it has none.</summary>
    internal SecretTemplate? Filled { get; set; }

    /// <summary>Secrets that were made of others, by a name to show; null: none.</summary>
    internal IReadOnlyDictionary<string, string>? DerivedSecrets => _derived;

    /// <summary>Where files lie; null: nowhere.</summary>
    internal IBlobStore? Blobs { get; init; }

    /// <summary>Makes addresses to wait at; null: this process has none, or the effect belongs to no execution that is stored.</summary>
    internal Func<int, string?>? Links { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The same for every attempt of this effect, also after a crash: what the other side can recognise a repetition by.</summary>
    public string IdempotencyKey => KeyOf(KeyId ?? ExecutionId, NodeId, Iteration, Generation);

    /// <summary>
    /// Starts a child execution. The same attempt of this effect starts it only once, also after a crash: then the answer is
    /// <see cref="StartOutcome.Duplicate"/> with its id.
    /// </summary>
    /// <param name="workflowId">The workflow to run.</param>
    /// <param name="version">The version of it; null: the current one.</param>
    /// <param name="input">Its input.</param>
    /// <param name="waits">Whether this node then waits for it: its end is told to the node, and a cancel goes down to it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The effect runs alone, outside of any execution.</exception>
    public ValueTask<StartOutcome> StartChildAsync(string workflowId, int? version, Value input, bool waits, CancellationToken cancellation) =>
        Children?.StartChildAsync(this, workflowId, version, input, waits, cancellation)
        ?? throw new InvalidOperationException("A node that is tried alone cannot start executions.");

    /// <summary>
    /// Undoes what a completed execution of the tenant did, by an execution of its own for which this node then waits. An execution is undone
    /// only once, whoever asks.
    /// </summary>
    /// <param name="executionId">The execution.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The effect runs alone, outside of any execution.</exception>
    public ValueTask<UndoOutcome> UndoAsync(string executionId, CancellationToken cancellation) =>
        Children?.UndoAsync(this, executionId, cancellation) ?? throw new InvalidOperationException("A node that is tried alone cannot undo executions.");

    /// <summary>Publishes an event of the tenant, durably; one with the same source and id is published only once.</summary>
    /// <exception cref="InvalidOperationException">There is nowhere to publish to.</exception>
    public Task PublishAsync(CloudEvent published) =>
        Publisher?.PublishAsync(Tenant, [published]) ?? throw new InvalidOperationException("Events need a store, and there is none here.");

    /// <summary>
    /// Why what this node was given may not be sent to a host, as a sentence: a secret of its config is bound to others. Null: it may. Ask before
    /// anything is sent; <c>OutgoingHttp</c> does for every call and redirect.
    /// </summary>
    public string? RefusalOf(string host)
    {
        foreach (var (name, hosts) in _bound ?? [])
        {
            if (!hosts.Allow(host))
                return $"The secret '{name}' may be sent to {string.Join(", ", hosts.Names)} only, and this would send it to '{host}'. Nothing was sent there. If that host should have it, add it to the hosts of the secret.";
        }
        return null;
    }

    /// <summary>Whether a secret stands in a field of the config, given by its keys: "headers", "X-Key".</summary>
    public bool HasSecretAt(params ReadOnlySpan<string> path) => Filled?.HasSecretAt(path) == true;

    /// <summary>Lets a secret that was made of others, such as a token that was fetched for a password, be taken out of what comes back.</summary>
    public void AddSecret(string name, string value) => (_derived ??= new(StringComparer.Ordinal))[name] = value;

    /// <summary>
    /// Fills secrets of the tenant into a tree that is not the node's config, such as a stored integration. They count as the node's own: bound to
    /// their hosts, and taken out of what comes back.
    /// </summary>
    /// <param name="template">The tree.</param>
    /// <param name="evaluated">What its <see cref="SecretTemplate.Template"/> came to.</param>
    /// <param name="problem">Why it cannot be filled, as a sentence; null: it is.</param>
    public Value Fill(SecretTemplate template, Value evaluated, out string? problem)
    {
        problem = template.TryFill(evaluated, UseSecret, out var filled, out var missing) ? null : Secrets.Explain(missing!);
        return filled;
    }

    /// <summary>
    /// Waits for a turn that this attempt has to wait for, such as a limit of the service that it calls. Meanwhile others run in its place, and its
    /// timeout begins anew when the turn has come.
    /// </summary>
    public Task WaitForTurnAsync(Task turn) => turn.IsCompleted || Aside is null ? turn : Aside(turn);

    internal static string KeyOf(string keyId, string nodeId, string iteration, int generation) => $"{keyId}:{nodeId}:{iteration}:{generation}";

    internal string? UseSecret(string name)
    {
        var value = Secrets.Find(name);
        if (value is not null && Secrets.HostsOf(name) is { IsAny: false } hosts)
            (_bound ??= []).Add(new(name, hosts));
        return value;
    }

    /// <summary>
    /// Stores a file of the tenant. Put <see cref="FileValue.ToValue"/> into the output: the commit that journals it makes the execution refer to the
    /// file, and so does every execution that the value is passed on to. A file that no execution refers to goes after an hour or more.
    /// </summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="mediaType">What it is, such as "image/png".</param>
    /// <param name="name">What it is called; folders and control characters are left out. Null: nothing.</param>
    /// <param name="limit">How many bytes it may have.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The file; null: it has more bytes than it may, and is not stored.</returns>
    /// <exception cref="InvalidOperationException">There is no place for files.</exception>
    public async Task<FileValue?> StoreFileAsync(Stream content, string mediaType, string? name, long limit, CancellationToken cancellation)
    {
        var head = new FileHead(mediaType, FileNames.Clean(name));
        var stored = await Files.PutFileAsync(Tenant, head, content, limit, cancellation);
        return stored is { } file ? new FileValue(file.Id, head.MediaType, file.Size, head.Name) : null;
    }

    /// <summary>Opens a file of the tenant; null where there is none by this id. Dispose it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="InvalidOperationException">There is no place for files.</exception>
    public OpenedFile? OpenFile(FileValue file) => Files.OpenFile(Tenant, file.Blob);

    private IBlobStore Files => Blobs ?? throw new InvalidOperationException("Files need a blob store, and there is none here.");

    /// <summary>
    /// The address by whose call <see cref="WaitForCallback"/> ends: for others to call once, also before the wait begins. The next attempt has
    /// another. Null: nobody can call back, because this process has no address or the node is tried alone.
    /// </summary>
    public string? CallbackUrl => Links?.Invoke(Attempt);

    /// <summary>
    /// What was begun goes on elsewhere: the node waits, in the store only, until <see cref="CallbackUrl"/> is called;
    /// <see cref="EffectNodeType{TConfig}.OnCallback"/> then says how it ended.
    /// </summary>
    /// <param name="longest">How long at most, where the node has no timeout.</param>
    /// <param name="details">What people are shown of the wait.</param>
    public NodeOutcome WaitForCallback(TimeSpan longest, MapValue details) =>
        new() { Wait = new NodeWait(NodeWait.Callback, Time.GetUtcNow() + longest, WaitAddress.NameOf(Attempt), details.With("url", CallbackUrl)) };

    /// <summary>The lines logged so far.</summary>
    public IReadOnlyList<LogLine> Logs => _logs ?? (IReadOnlyList<LogLine>)[];

    /// <summary>Adds a line to the execution's log; it is journaled with the outcome.</summary>
    public void Log(string level, string message, Value data = default) => (_logs ??= []).Add(new(level, message, data));

    /// <summary>Shows a piece of the result to whoever watches, at once. It is not journaled: the outcome says the same as a whole.</summary>
    public void Token(string text) => OnToken?.Invoke(text);
}
