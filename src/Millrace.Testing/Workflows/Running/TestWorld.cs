using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Events;
using Millrace.Engine.Feed;
using Millrace.Engine.Retention;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Testing.Storage;
using Millrace.Testing.Time;
using Millrace.Testing.Workflows.Results;

namespace Millrace.Testing.Workflows.Running;

/// <summary>One run of a test: the real engine on one thread, over a store in memory, in virtual time.</summary>
internal sealed class TestWorld : IAsyncDisposable
{
    public const string Tenant = "test";

    // Nothing wakes an engine here that it would not hear of: it need not look by itself. As long as a delay can be.
    private static readonly TimeSpan Seldom = TimeSpan.FromDays(40);
    private static readonly TimeSpan MaxEffectTime = TimeSpan.FromDays(1);
    private static readonly TimeSpan RealPatience = TimeSpan.FromMinutes(1);

    private readonly TestSetup _setup;
    private readonly TestLoop _loop = new();
    private readonly TestNodes _nodes;
    private readonly MillraceEngine _engine;
    private readonly Outside _outside;
    private readonly DateTimeOffset _until;

    public TestWorld(TestSetup setup)
    {
        _setup = setup;
        _until = setup.Until is { } until ? setup.Now + until : DateTimeOffset.MaxValue;
        Plan = new TestPlan(setup);
        Time = new LoopTime(new VirtualTime(setup.Now), _loop);
        Store = MemoryStore.Open(new MemoryStoreData(Time));
        _nodes = new TestNodes(setup, Plan, Time);
        _engine = MillraceEngine.Open(new EngineSetup
        {
            Store = Store,
            Nodes = _nodes.Types,
            Time = Time,
            Ids = new TestIds(),
            Scheduler = _loop,
            CommitScheduler = _loop,
            Options = new EngineOptions
            {
                DrainGrace = TimeSpan.Zero,
                PollInterval = Seldom,
                Retention = new RetentionOptions { Interval = Seldom },
            },
            Blobs = _nodes.Folder is { } folder ? new FileBlobStore(Path.Combine(folder, "blobs"), Time, _loop) : null,
            Links = new TestLinks(),
            Secrets = SecretsOf(setup),
        });
        _outside = new Outside(this, setup, _engine.History);
    }

    public TestPlan Plan { get; }

    public LoopTime Time { get; }

    public MemoryStore Store { get; }

    public WorkflowEngine Engine => _engine.Executions;

    /// <summary>What broke outside of any node; null: nothing.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Runs to the end, or until nothing can happen any more.</summary>
    public async Task<WorkflowTestResult> RunAsync(CancellationToken cancellation)
    {
        var root = await DoAsync(StartAsync, cancellation);
        _outside.Begin(root.Id);
        while (await StepAsync(cancellation))
        {
        }
        ThrowIfBroken();
        return await ResultReader.ReadAsync(Store, _engine.History, Plan, root.Id);
    }

    public async ValueTask DisposeAsync()
    {
        await DoAsync(async () =>
        {
            await Engine.DisposeAsync();
            return true;
        }, CancellationToken.None);
        _nodes.Dispose();
    }

    /// <summary>Does something in its turn, and remembers what it throws.</summary>
    public void Post(Func<Task> work) => _loop.Post(() => { _ = GuardAsync(work); });

    // One piece of work; without one, whatever comes next. False: nothing does.
    private async Task<bool> StepAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_loop.RunOne())
            return Plan.Broken is null && Failure is null;
        if (Plan.RealCalls > 0)
        {
            await WhenRealAsync(cancellation);
            return true;
        }
        if (await _outside.AnswerAsync())
            return true;
        return !await IsOverAsync() && Time.PostNext(_until);
    }

    // Whatever still comes is due at a time: a wait that is stored, an attempt, a timeout, something from outside.
    private async Task<bool> IsOverAsync()
    {
        if (_outside.Coming > 0)
            return (await ExecutionsAsync()).All(execution => execution.Status.IsTerminal());
        return (await ExecutionsAsync()).All(
            execution => execution.Status.IsTerminal() || (execution.Owner == 0 && execution.WakeAt is null));
    }

    public async Task<IReadOnlyList<ExecutionSummary>> ExecutionsAsync()
    {
        var all = new List<ExecutionSummary>();
        string? after = null;
        do
        {
            (var page, after) = await Store.ListExecutionsAsync(Tenant, new ExecutionFilter(), new Page(ListPage, after));
            all.AddRange(page);
        }
        while (after is not null);
        return all;
    }

    private const int ListPage = 200;

    private async Task WhenRealAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(RealPatience);
        try
        {
            await _loop.WhenWorkAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Plan.Break($"A node with a real effect took longer than {RealPatience.TotalSeconds} s: {Plan.Effects[^1].NodeId}. Fake it.");
            throw Plan.Broken!;
        }
    }

    private async Task<ExecutionRecord> StartAsync()
    {
        string? tested = null;
        foreach (var document in _setup.Documents)
        {
            var saved = await _engine.Workflows.SaveAsync(
                new SaveRequest { Tenant = Tenant, Id = document.Id, Document = document.Content, Format = document.Format });
            if (saved is not SaveOutcome.Saved { Id: var id })
                throw new WorkflowTestException($"'{document.Name}' cannot be run: {saved}");
            tested ??= id;
        }
        Engine.Start();
        var outcome = await Engine.StartAsync(new StartRequest
        {
            Tenant = Tenant,
            WorkflowId = tested!,
            Input = _setup.Input,
            Inputs = MapValue.Create(_setup.Inputs),
            Variables = MapValue.Create(_setup.Variables),
        });
        return outcome switch
        {
            StartOutcome.Accepted accepted => accepted.Execution,
            StartOutcome.Invalid invalid =>
                throw new WorkflowTestException(
                    $"'{_setup.Documents[0].Name}' does not accept the start of the "
                        + $"test:\n{string.Join('\n', invalid.Problems.Select(Line))}"),
            _ => throw new WorkflowTestException($"'{_setup.Documents[0].Name}' was not started: {outcome.GetType().Name}."),
        };
    }

    // Nothing of a test is on its way yet, or any more: what it waits for is only the loop.
    private async Task<T> DoAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        Task<T>? task = null;
        var until = Time.GetUtcNow() + MaxEffectTime;
        _loop.Post(() => task = work());
        while (task is not { IsCompleted: true })
        {
            cancellation.ThrowIfCancellationRequested();
            if (!_loop.RunOne() && !Time.PostNext(until))
                throw new InvalidOperationException("The engine waits for nothing.");
        }
        return await task;
    }

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Failure ??= e;
        }
    }

    private void ThrowIfBroken()
    {
        if (Plan.Broken is { } broken)
            throw broken;
        if (Failure is { } failure)
            throw failure as WorkflowTestException ?? new WorkflowTestException($"The engine failed: {failure.Message}", failure);
    }

    private static string Line(Problem problem) => $"  {(problem.Pointer.Length == 0 ? "" : problem.Pointer + ": ")}{problem.Message}";

    private static SecretSetup SecretsOf(TestSetup setup)
    {
        var values = setup.Secrets.ToImmutableDictionary(
            secret => SecretNames.InEnvironment(secret.Key), secret => secret.Value, StringComparer.Ordinal);
        // Nothing is stored, so that there is no key.
        return new SecretSetup(
            new SecretKeyFile("millrace-test-none"), new ConfiguredSecrets(Tenant, values));
    }

    /// <summary>Ids that are the same in every run.</summary>
    private sealed class TestIds : IdSource
    {
        private long _count;

        protected override void Fill(Span<byte> bytes)
        {
            bytes.Clear();
            var number = ++_count;
            for (var i = bytes.Length - 1; i >= 0 && number > 0; i--, number >>= 5)
                bytes[i] = (byte)(number & 31);
        }
    }

    /// <summary>Addresses that nobody answers at.</summary>
    private sealed class TestLinks : ILinkSource
    {
        public string LinkTo(ExecutionIdentity execution, string nodeId, string iteration, WaitLink link) =>
            $"https://millrace.test/{(link.Kind == LinkKind.Answer ? "answer" : "callbacks")}/{execution.Id}/{nodeId}{(iteration.Length == 0 ? "" : "/" + iteration)}";
    }
}

/// <summary>Virtual time whose timers fire in their turn.</summary>
internal sealed class LoopTime(VirtualTime time, TestLoop loop) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(_ => loop.Post(() => callback(state)), null, dueTime, period);

    /// <summary>Moves time on to the next timer, whose work then waits its turn. False: there is none until then.</summary>
    public bool PostNext(DateTimeOffset until) => time.FireNext(until);
}
