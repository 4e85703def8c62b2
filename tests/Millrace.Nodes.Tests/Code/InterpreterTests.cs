using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Code;
using Millrace.Nodes.Code.Languages;
using Millrace.Nodes.Code.Sandboxing;

namespace Millrace.Nodes.Tests.Code;

/// <summary>The processes that take calls: how they are kept, ended and replaced; with JavaScript, which runs everywhere.</summary>
public sealed class InterpreterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CodeSettings Settings = new() { Sandbox = CodeSandbox.None, Pool = 1, Concurrency = 4 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millrace-code-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_cancellation_of_a_call_that_is_over_does_not_end_the_next()
    {
        for (var round = 0; round < 5; round++)
        {
            using var first = new CancellationTokenSource();
            using var offered = new SemaphoreSlim(0);
            var offers = 0;
            using var interpreter = Interpreter.Start(Find, (_, isUsable) =>
            {
                // Its caller has perhaps not heard yet that it is over.
                if (isUsable && ++offers == 2)
                    first.Cancel();
                offered.Release();
            });
            await WaitAsync(offered);
            var call = interpreter.CallAsync(Call("return 1;"), (_, _) => { }, first.Token);
            await WaitAsync(offered);
            Assert.Equal("2", (await RunAsync(interpreter, "return 2;")).Output.ToJson());
            await Task.WhenAny(call);
        }
    }

    [Fact]
    public async Task What_a_call_says_last_is_heard_although_it_never_ends()
    {
        using var runtime = new CodeRuntime(Settings, TimeProvider.System);
        using var cancellation = new CancellationTokenSource();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = runtime.RunAsync("javascript", 128, CallOf("console.log('first'); console.log('last'); for (;;);"), (_, line) =>
        {
            if (line == "last")
                heard.SetResult();
        }, cancellation.Token);
        await heard.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task However_many_sizes_are_asked_for_few_processes_are_kept()
    {
        using var runtime = new CodeRuntime(Settings, TimeProvider.System);
        foreach (var mebibytes in new[] { 17, 33, 65, 129, 257, 513 })
        {
            Assert.Null((await RunAsync(runtime, "return 1;", mebibytes)).Error);
            // The one that was used, and the one that is being put away.
            Assert.InRange(runtime.Processes, 0, 2);
        }
    }

    [Fact]
    public async Task Calls_of_all_sizes_at_once_are_answered_by_no_more_processes_than_there_may_be()
    {
        using var runtime = new CodeRuntime(Settings with { Concurrency = 2 }, TimeProvider.System);
        var most = 0;
        var calls = Enumerable.Range(0, 12).Select(async n =>
        {
            var outcome = await RunAsync(runtime, $"return {n};", 16 << (n % 4));
            most = Math.Max(most, runtime.Processes);
            return outcome.Output.ToJson();
        });
        Assert.Equal(Enumerable.Range(0, 12).Select(n => $"{n}"), await Task.WhenAll(calls));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task Those_that_a_long_call_gives_back_are_put_away_as_well()
    {
        var time = new TimersByHand();
        using var offered = new SemaphoreSlim(0);
        using var pool = new InterpreterPool((_, free) => Interpreter.Start(Find, (interpreter, isUsable) =>
        {
            free(interpreter, isUsable);
            offered.Release();
        }), kept: 1, most: 1, time);
        for (var call = 0; call < 2; call++)
        {
            var interpreter = await pool.TakeAsync(128, TestContext.Current.CancellationToken);
            if (call == 0)
                await WaitAsync(offered);
            // All the time for which they are kept passes while it runs.
            time.Fire();
            await RunAsync(interpreter, "return 1;");
            await WaitAsync(offered);
            Assert.Equal(1, pool.Count);
        }
        time.Fire();
        Assert.Equal(0, pool.Count);
    }

    [Fact]
    public async Task A_program_that_vanishes_is_told_to_each_call_and_comes_back()
    {
        var modules = Path.Combine(_folder.FullName, "node_modules");
        Directory.CreateDirectory(modules);
        using var runtime = new CodeRuntime(Settings with { Pool = 0, Concurrency = 2, NodeModules = modules }, TimeProvider.System);
        Assert.Equal("1", (await RunAsync(runtime, "return 1;")).Output.ToJson());
        Directory.Delete(modules);
        for (var call = 0; call < 5; call++)
        {
            var error = (await RunAsync(runtime, "return 1;")).Error!;
            Assert.Contains("did not start: CODE_NODE_MODULES", error.Message);
            Assert.True(error.Retryable);
        }
        Directory.CreateDirectory(modules);
        Assert.Equal("2", (await RunAsync(runtime, "return 2;")).Output.ToJson());
    }

    [Fact]
    public void Where_there_is_no_bubblewrap_javascript_runs_without()
    {
        Assert.False(Assert.Single(new JavaScriptLanguage(tools: null).Find(128, new CodeSettings(), out var problem)).HasWalls);
        Assert.Null(problem);
    }

    [Fact]
    public async Task A_listener_that_fails_fails_its_call_alone()
    {
        using var runtime = new CodeRuntime(Settings, TimeProvider.System);
        var failed = runtime.RunAsync("javascript", CodeRuntime.UsualMebibytes, CallOf("console.log('x'); return 1;"),
            (_, _) => throw new ArgumentException("no room"), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ArgumentException>(() => failed.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal("2", (await RunAsync(runtime, "return 2;")).Output.ToJson());
    }

    private static SandboxCommand? Find(out string? problem) => new JavaScriptLanguage(tools: null).Find(128, Settings, out problem).FirstOrDefault();

    private static Value CallOf(string code) => MapValue.Of(("code", code), ("data", Value.Null));

    private static byte[] Call(string code) => CallOf(code).ToUtf8();

    private static async Task<NodeOutcome> RunAsync(Interpreter interpreter, string code) =>
        await interpreter.CallAsync(Call(code), (_, _) => { }, TestContext.Current.CancellationToken);

    private static Task<NodeOutcome> RunAsync(CodeRuntime runtime, string code, int mebibytes = CodeRuntime.UsualMebibytes) =>
        runtime.RunAsync("javascript", mebibytes, CallOf(code), (_, _) => { }, TestContext.Current.CancellationToken);

    private static async Task WaitAsync(SemaphoreSlim signal) =>
        Assert.True(await signal.WaitAsync(Patience, TestContext.Current.CancellationToken));

    /// <summary>A clock whose timers fire when the test says so.</summary>
    private sealed class TimersByHand : TimeProvider
    {
        private readonly List<HandTimer> _timers = [];

        public void Fire()
        {
            foreach (var timer in _timers.ToList())
                timer.Fire();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new HandTimer(callback, state);
            _timers.Add(timer);
            return timer;
        }

        private sealed class HandTimer(TimerCallback callback, object? state) : ITimer
        {
            private bool _isArmed;

            public void Fire()
            {
                var wasArmed = _isArmed;
                _isArmed = false;
                if (wasArmed)
                    callback(state);
            }

            public bool Change(TimeSpan dueTime, TimeSpan period) => _isArmed = dueTime != Timeout.InfiniteTimeSpan;

            public void Dispose() => _isArmed = false;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
