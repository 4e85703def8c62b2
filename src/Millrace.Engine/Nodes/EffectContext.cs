using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Caching;
using Millrace.Engine.Effects;
using Millrace.Engine.Events;
using Millrace.Engine.Secrets;
using Millrace.Engine.Waits;

namespace Millrace.Engine.Nodes;

/// <summary>What an effect knows about the attempt it is, and what it may ask for.</summary>
public sealed class EffectContext
{
    private List<LogLine>? _logs;
    private EffectSecrets? _secrets;
    private IEffectHost? _host;
    private StepSequence? _steps;

    /// <summary>Whose execution it is.</summary>
    public required string Tenant { get; init; }

    /// <summary>The id of the execution.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>The id of the workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>The id of the node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The iteration path; empty at the top level.</summary>
    public string Iteration { get; init; } = "";

    /// <summary>The number of the attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>See <see cref="Millrace.Core.Executions.NodeRun.Generation"/>.</summary>
    public int Generation { get; init; }

    /// <summary>What arrived at the node.</summary>
    public Value Data { get; init; }

    /// <summary>The clock to use, which tests can control.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The same for every attempt of this effect, also after a crash: what the other side can recognise a repetition by.</summary>
    public string IdempotencyKey => KeyOf(Host.KeyId, NodeId, Iteration, Generation);

    /// <summary>The secrets of the node's config: where they may be sent, and what else is to be kept secret.</summary>
    public EffectSecrets Secrets => _secrets ??= new EffectSecrets(Host.Secrets);

    /// <summary>Stores and reads files of the tenant.</summary>
    public EffectFiles Files => new(this);

    /// <summary>Other executions, started or undone by this effect.</summary>
    public EffectChildren Children => new(this);

    /// <summary>Results that are kept for later; null where the effect belongs to no execution that is stored.</summary>
    public ResultCache? Cache => Host.Cache;

    /// <summary>
    /// The address by whose call <see cref="WaitForCallback"/> ends: for others to call once, also before the wait begins. The next attempt has
    /// another. Null: nobody can call back, because this process has no address or the node is tried alone.
    /// </summary>
    public string? CallbackUrl => Host.CallbackUrl;

    /// <summary>The lines logged so far.</summary>
    public IReadOnlyList<LogLine> Logs => _logs ?? (IReadOnlyList<LogLine>)[];

    /// <summary>What stands behind it.</summary>
    internal IEffectHost Host
    {
        get => _host ??= new NoHost(ExecutionId);
        init => _host = value;
    }

    /// <summary>Takes the secrets out that this attempt used.</summary>
    internal SecretRedactor Redactor => _secrets?.Redactor ?? SecretRedactor.None;

    /// <summary>
    /// Runs a step of this effect, and records what it gives before it returns. After a crash, or when a failed attempt is repeated, it gives back what is
    /// recorded and does not run again; a step that had not ended runs again under the same <see cref="EffectStep.IdempotencyKey"/>. Steps must
    /// begin in the same order in every run of the code; they may run side by side. A step cannot have steps.
    /// </summary>
    /// <typeparam name="T">What it gives: a <see cref="Value"/>, or what can be written as JSON and read back.</typeparam>
    /// <param name="name">Its name, up to 200 characters; several steps may have the same.</param>
    /// <param name="run">The work of the step; called only if no result is recorded.</param>
    /// <param name="cancellation">Handed to the step.</param>
    /// <returns>What was recorded, so without secrets.</returns>
    /// <exception cref="StepFailedException">
    /// The step failed for good; or the attempt fails, as its steps are not those of an earlier run (`step_mismatch`) or too many or too large (`step_limit`).
    /// </exception>
    /// <exception cref="OperationCanceledException">The attempt was cancelled, or its execution belongs to another process now. The step may be recorded or not.</exception>
    public ValueTask<T> StepAsync<T>(string name, Func<EffectStep, CancellationToken, ValueTask<T>> run, CancellationToken cancellation) =>
        LazyInitializer.EnsureInitialized(ref _steps, () => new StepSequence(this)).RunAsync(name, run, cancellation);

    /// <summary>Adds a line to the execution's log; it is journaled with the outcome.</summary>
    /// <param name="level">"debug", "info", "warn" or "error".</param>
    /// <param name="message">The line.</param>
    /// <param name="data">More details, as data.</param>
    public void Log(string level, string message, Value data = default) => (_logs ??= []).Add(new(level, message, data));

    /// <summary>Shows a piece of the result to whoever watches, at once. It is not journaled: the outcome says the same as a whole.</summary>
    public void Token(string text) => Host.Token(text);

    /// <summary>Publishes an event of the tenant, durably; one with the same source and id is published only once.</summary>
    /// <exception cref="InvalidOperationException">There is nowhere to publish to.</exception>
    public Task PublishAsync(CloudEvent published) =>
        Host.Publisher?.PublishAsync(Tenant, [published]) ?? throw new InvalidOperationException("Publishing an event needs a store, and this process has none.");

    /// <summary>
    /// Waits for a turn that this attempt has to wait for, such as a limit of the service that it calls. Meanwhile others run in its place, and its
    /// timeout begins anew when the turn has come.
    /// </summary>
    public Task WaitForTurnAsync(Task turn) => turn.IsCompleted ? turn : Host.WaitAsideAsync(turn);

    /// <summary>
    /// What was begun goes on elsewhere: the node waits, in the store only, until <see cref="CallbackUrl"/> is called;
    /// <see cref="EffectNodeType{TConfig}.OnCallback"/> then says how it ended.
    /// </summary>
    /// <param name="longest">How long at most, where the node has no timeout.</param>
    /// <param name="details">What people are shown of the wait.</param>
    public NodeOutcome WaitForCallback(TimeSpan longest, MapValue details) =>
        new() { Wait = new NodeWait(NodeWait.Callback, Time.GetUtcNow() + longest, WaitAddress.NameOf(Attempt), details.With("url", CallbackUrl)) };

    internal static string KeyOf(string keyId, string nodeId, string iteration, int generation) => $"{keyId}:{nodeId}:{iteration}:{generation}";
}
