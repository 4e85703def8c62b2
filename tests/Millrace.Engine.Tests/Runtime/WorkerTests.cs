using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Workers;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Nodes that workers outside of the engine do.</summary>
public sealed class WorkerTests : IAsyncLifetime
{
    private static readonly WorkerType Mail = new() { Type = "sendMail", Ports = ["sent", "bounced"] };

    private readonly TestEngine _host = new(new ScriptedEffects());

    private TaskQueue Tasks => _host.Engine.Tasks;

    public async ValueTask InitializeAsync() => await RegisterAsync(Mail);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_worker_gets_the_filled_config_and_ends_the_node_with_output_port_meta_and_log()
    {
        await SaveAsync("""{"id":"send","type":"send_mail","config":{"to":"{{input.to}}","n":"{{1 + 1}}"}},{"id":"ok","type":"transform","config":{"expression":"data"}},{"id":"no","type":"fail","config":{"message":"no"}}""",
            """{"source":"start","target":"send"},{"source":"send","target":"ok","port":"sent"},{"source":"send","target":"no","port":"bounced"}""");
        var started = await _host.StartAsync("w", """{"to":"ann"}""");
        var task = await TakeAsync();
        Assert.Equal(("sendMail", """{"to":"ann","n":2}""", """{"to":"ann"}""", "send", "", 1), (task.Type, task.Config.ToJson(), task.Data.ToJson(), task.Task.NodeId, task.Task.Iteration, task.Task.Attempt));
        Assert.Equal($"{started.Execution.Id}:send::0", task.Task.IdempotencyKey);
        Assert.Equal("w", task.Task.WorkflowId);
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(task, """{"output":{"id":7},"port":"sent","meta":{"ms":3},"logs":[{"level":"warn","message":"slow","data":1}]}"""));
        var ended = await started.Ended.WaitAsync(TestEngine.Patience);
        Assert.Equal((ExecutionStatus.Completed, """{"id":7}"""), (ended.Status, ended.Result.ToString()));
        var journal = await _host.JournalAsync(ended.Id);
        Assert.Contains(journal, e => e["type"].Equals("log") && e["data"]["message"].Equals("slow") && e["nodeId"].Equals("send"));
        Assert.Contains(journal, e => e["type"].Equals("node_completed") && e["nodeId"].Equals("send") && e["data"]["meta"]["ms"].Equals(3L));
        Assert.DoesNotContain(journal, e => e["type"].Equals("node_failed"));
    }

    [Fact]
    public async Task What_waits_for_a_worker_is_in_the_store_only_and_goes_on_after_a_restart()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        var started = await _host.StartAsync("w");
        await _host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        Assert.Equal(0, (await _host.Store.ReadExecutionAsync("acme", started.Execution.Id))!.Owner);
        await _host.RestartAsync();
        var task = await TakeAsync();
        Assert.Equal(started.Execution.Id, task.Task.ExecutionId);
        await _host.RestartAsync();
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(task, """{"output":1,"port":"sent"}"""));
        Assert.Equal(WriteOutcome.Duplicate, await AnswerAsync(task, """{"output":2,"port":"sent"}"""));
        Assert.Equal("1", (await _host.WhenEndedAsync(started.Execution.Id)).Result.ToString());
        Assert.Equal(WriteOutcome.Duplicate, await AnswerAsync(task, """{"output":2,"port":"sent"}"""));
    }

    [Fact]
    public async Task A_poll_that_waits_is_woken_by_a_task_and_only_one_is()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        using var giveUp = new CancellationTokenSource();
        var polls = Enumerable.Range(0, 5).Select(_ => Tasks.PollAsync(Poll(TimeSpan.FromMinutes(5)), giveUp.Token)).ToList();
        await _host.StartAsync("w");
        await _host.StartAsync("w");
        var first = await Task.WhenAny(polls).WaitAsync(TestEngine.Patience);
        polls.Remove(first);
        var second = await Task.WhenAny(polls).WaitAsync(TestEngine.Patience);
        polls.Remove(second);
        Assert.NotEqual(Assert.Single(await first).Task.Id, Assert.Single(await second).Task.Id);
        Assert.All(polls, poll => Assert.False(poll.IsCompleted));
        await giveUp.CancelAsync();
        foreach (var poll in polls)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
    }

    [Fact]
    public async Task The_signal_for_a_poll_that_has_left_goes_to_the_next()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        for (var round = 0; round < 30; round++)
        {
            using var giveUp = new CancellationTokenSource();
            var leaves = Tasks.PollAsync(Poll(TimeSpan.FromMinutes(5)), giveUp.Token);
            var stays = Tasks.PollAsync(Poll(TimeSpan.FromMinutes(5)), TestContext.Current.CancellationToken);
            var starting = _host.StartAsync("w");
            await giveUp.CancelAsync();
            await starting;
            IReadOnlyList<LeasedTask> got = [];
            try
            {
                got = await leaves;
            }
            catch (OperationCanceledException)
            {
                // It left without the task.
            }
            if (got.Count == 1)
                await _host.StartAsync("w");
            Assert.Single(await stays.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_task_whose_lease_has_run_out_goes_to_a_poll_that_waits()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        var started = await _host.StartAsync("w");
        var lost = Assert.Single(await Tasks.PollAsync(Poll(TestEngine.Patience) with { Lease = TimeSpan.FromMilliseconds(300) }, TestContext.Current.CancellationToken));
        var taken = Assert.Single(await Tasks.PollAsync(Poll(TimeSpan.FromMinutes(5)), TestContext.Current.CancellationToken).WaitAsync(TestEngine.Patience));
        Assert.Equal(lost.Task.Id, taken.Task.Id);
        Assert.NotEqual(lost.Task.Lease!.Token, taken.Task.Lease!.Token);
        Assert.Equal(lost.Task.IdempotencyKey, taken.Task.IdempotencyKey);
        Assert.Equal(WriteOutcome.Fenced, await AnswerAsync(lost, """{"output":"lost","port":"sent"}"""));
        Assert.Equal(WriteOutcome.Fenced, (await Tasks.ExtendAsync("acme", lost.Task.Id, lost.Task.Lease.Token, TimeSpan.FromMinutes(1), Value.Null)).Outcome);
        Assert.Equal(WriteOutcome.Done, (await Tasks.ExtendAsync("acme", taken.Task.Id, taken.Task.Lease.Token, TimeSpan.FromMinutes(1), Value.Null)).Outcome);
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(taken, """{"output":"taken","port":"sent"}"""));
        Assert.Equal("\"taken\"", (await started.Ended.WaitAsync(TestEngine.Patience)).Result.ToString());
    }

    [Fact]
    public async Task A_failure_is_retried_as_the_node_says_under_the_same_key_and_then_takes_the_error_port()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{},"retry":{"maxAttempts":2,"delay":1}},{"id":"repair","type":"transform","config":{"expression":"data.error.message"}}""",
            """{"source":"start","target":"send"},{"source":"send","target":"repair","port":"error"}""");
        var started = await _host.StartAsync("w");
        var first = await TakeAsync();
        await AnswerAsync(first, """{"error":{"type":"busy","message":"later","retryable":true}}""");
        var second = await TakeAsync();
        Assert.Equal((2, first.Task.IdempotencyKey), (second.Task.Attempt, second.Task.IdempotencyKey));
        Assert.NotEqual(first.Task.Id, second.Task.Id);
        await AnswerAsync(second, """{"error":{"type":"busy","message":"never","retryable":true}}""");
        Assert.Equal("\"never\"", (await started.Ended.WaitAsync(TestEngine.Patience)).Result.ToString());
    }

    [Fact]
    public async Task What_cannot_be_retried_is_not()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{},"retry":{"maxAttempts":5,"delay":1}}""", """{"source":"start","target":"send"}""");
        var started = await _host.StartAsync("w");
        await AnswerAsync(await TakeAsync(), """{"error":{"type":"refused","message":"no such address","retryable":false}}""");
        var ended = await started.Ended.WaitAsync(TestEngine.Patience);
        Assert.Equal((ExecutionStatus.Failed, true), (ended.Status, ended.Error.ToString().Contains("no such address", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_timeout_takes_the_task_from_its_worker()
    {
        await RegisterAsync(Mail with { Timeout = TimeSpan.FromMilliseconds(500) });
        await SaveAsync("""{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        var started = await _host.StartAsync("w");
        var task = await TakeAsync();
        Assert.NotNull(task.Task.DueAt);
        var ended = await started.Ended.WaitAsync(TestEngine.Patience);
        Assert.Equal((ExecutionStatus.Failed, true), (ended.Status, ended.Error.ToString().Contains("\"timeout\"", StringComparison.Ordinal)));
        Assert.Equal(WriteOutcome.Terminal, await AnswerAsync(task, """{"output":1,"port":"sent"}"""));
        Assert.Empty(await Tasks.PollAsync(Poll(TimeSpan.Zero), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_cancel_closes_the_task_whether_somebody_has_it_or_not()
    {
        await SaveAsync("""{"id":"one","type":"sendMail","config":{}},{"id":"two","type":"sendMail","config":{}}""", """{"source":"start","target":"one"},{"source":"start","target":"two"}""");
        var started = await _host.StartAsync("w");
        var task = await TakeAsync();
        await _host.Engine.CancelAsync("acme", started.Execution.Id, "enough");
        Assert.Equal(ExecutionStatus.Cancelled, (await started.Ended.WaitAsync(TestEngine.Patience)).Status);
        Assert.Equal(WriteOutcome.Terminal, (await Tasks.ExtendAsync("acme", task.Task.Id, task.Task.Lease!.Token, TimeSpan.FromMinutes(1), Value.Null)).Outcome);
        Assert.Equal(WriteOutcome.Terminal, await AnswerAsync(task, """{"output":1,"port":"sent"}"""));
        Assert.Empty(await Tasks.PollAsync(Poll(TimeSpan.Zero), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_overtaken_by_another_branch_is_closed()
    {
        await SaveAsync("""{"id":"one","type":"sendMail","config":{}},{"id":"two","type":"sendMail","config":{}},{"id":"any","type":"join","config":{"mode":"any","cancelOthers":true}}""",
            """{"source":"start","target":"one"},{"source":"start","target":"two"},{"source":"one","target":"any"},{"source":"two","target":"any"}""");
        var started = await _host.StartAsync("w");
        var tasks = await Tasks.PollAsync(Poll(TimeSpan.FromMinutes(1)) with { Most = 2 }, TestContext.Current.CancellationToken);
        if (tasks.Count == 1)
            tasks = [.. tasks, await TakeAsync()];
        await AnswerAsync(tasks[0], """{"output":1,"port":"sent"}""");
        await started.Ended.WaitAsync(TestEngine.Patience);
        Assert.Equal(WriteOutcome.Terminal, await AnswerAsync(tasks[1], """{"output":2,"port":"sent"}"""));
    }

    [Fact]
    public async Task A_paused_execution_takes_the_end_in_when_it_goes_on()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        var started = await _host.StartAsync("w");
        var task = await TakeAsync();
        await _host.Engine.PauseAsync("acme", started.Execution.Id, null);
        await _host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Paused);
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(task, """{"output":1,"port":"sent"}"""));
        await _host.Engine.ResumeAsync("acme", started.Execution.Id);
        Assert.Equal("1", (await started.Ended.WaitAsync(TestEngine.Patience)).Result.ToString());
    }

    [Fact]
    public async Task A_fork_has_tasks_of_its_own_under_keys_of_its_own()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{},"inDoubt":"retry"}""", """{"source":"start","target":"send"}""");
        var started = await _host.StartAsync("w");
        var task = await TakeAsync();
        var seq = (await _host.Store.ReadExecutionAsync("acme", started.Execution.Id))!.Seq;
        var forked = Assert.IsType<ForkOutcome.Accepted>(await _host.Engine.ForkAsync(new ForkRequest { Tenant = "acme", ExecutionId = started.Execution.Id, FromSeq = seq }, TestContext.Current.CancellationToken));
        var other = await TakeAsync();
        Assert.NotEqual((task.Task.Id, task.Task.IdempotencyKey), (other.Task.Id, other.Task.IdempotencyKey));
        Assert.Equal(forked.Execution.Id, other.Task.ExecutionId);
        await AnswerAsync(other, """{"output":"fork","port":"sent"}""");
        Assert.Equal("\"fork\"", (await _host.WhenEndedAsync(forked.Execution.Id)).Result.ToString());
        await AnswerAsync(task, """{"output":"first","port":"sent"}""");
        Assert.Equal("\"first\"", (await started.Ended.WaitAsync(TestEngine.Patience)).Result.ToString());
    }

    [Fact]
    public async Task Every_item_of_a_forEach_is_a_task_and_no_memory_is_held()
    {
        await SaveAsync("""{"id":"each","type":"forEach","config":{"items":"{{input}}","concurrency":50,"body":{"nodes":[{"id":"send","type":"sendMail","config":{"n":"{{item}}"}}],"edges":[]}}}""", """{"source":"start","target":"each"}""");
        var started = await _host.StartAsync("w", $"[{string.Join(',', Enumerable.Range(0, 120))}]");
        var done = 0;
        while (done < 120)
        {
            foreach (var task in await Tasks.PollAsync(Poll(TimeSpan.FromMinutes(1)) with { Most = 7 }, TestContext.Current.CancellationToken))
            {
                Assert.Equal(WriteOutcome.Done, await AnswerAsync(task, $$"""{"output":{{task.Config["n"].ToJson()}},"port":"sent"}"""));
                done++;
            }
        }
        Assert.Equal($"[{string.Join(',', Enumerable.Range(0, 120))}]", (await started.Ended.WaitAsync(TestEngine.Patience)).Result.ToString());
    }

    [Fact]
    public async Task The_output_is_held_to_the_schema_of_the_node_and_what_is_large_is_kept_beside_the_journal()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{},"outputSchema":{"type":"string"},"onError":"continue"}""", """{"source":"start","target":"send"}""");
        var wrong = await _host.StartAsync("w");
        await AnswerAsync(await TakeAsync(), """{"output":1,"port":"sent"}""");
        Assert.Contains("output_schema", (await wrong.Ended.WaitAsync(TestEngine.Patience)).Result.ToString());
        var right = await _host.StartAsync("w", $"\"{new string('d', 300_000)}\"");
        var task = await TakeAsync();
        Assert.Equal(300_000, task.Data.AsString().Length);
        Assert.True((await _host.Store.ReadTaskAsync("acme", task.Task.Id, TestContext.Current.CancellationToken))!.Data.Utf8.Length < 1_000);
        await AnswerAsync(task, $$"""{"output":"{{new string('x', 300_000)}}","port":"sent"}""");
        var ended = await right.Ended.WaitAsync(TestEngine.Patience);
        Assert.True(ended.Result.Utf8.Length < 1_000);
        Assert.Equal(300_002, (await _host.History.InFullAsync(ended)).Result.Utf8.Length);
    }

    [Fact]
    public async Task Of_a_limited_type_the_end_of_one_lets_the_next_begin()
    {
        await RegisterAsync(Mail with { Concurrency = 1 });
        await SaveAsync("""{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        await _host.StartAsync("w");
        var second = await _host.StartAsync("w");
        var one = Assert.Single(await Tasks.PollAsync(Poll(TimeSpan.FromMinutes(1)) with { Most = 10, Types = [Mail with { Concurrency = 1 }] }, TestContext.Current.CancellationToken));
        var waiting = Tasks.PollAsync(Poll(TimeSpan.FromMinutes(5)) with { Types = [Mail with { Concurrency = 1 }] }, TestContext.Current.CancellationToken);
        await AnswerAsync(one, """{"output":1,"port":"sent"}""");
        var two = Assert.Single(await waiting.WaitAsync(TestEngine.Patience));
        await AnswerAsync(two, """{"output":2,"port":"sent"}""");
        await second.Ended.WaitAsync(TestEngine.Patience);
    }

    [Fact]
    public async Task A_later_registration_does_not_break_what_is_saved()
    {
        await SaveAsync("""{"id":"send","type":"sendMail","config":{"x":1}},{"id":"ok","type":"transform","config":{"expression":"data"}}""", """{"source":"start","target":"send"},{"source":"send","target":"ok","port":"sent"}""");
        var before = await _host.StartAsync("w");
        // Its task is queued: an attempt that has not begun would have to fit what is registered by then.
        await _host.WhenAtAsync(before.Execution.Id, ExecutionStatus.Waiting);
        await RegisterAsync(new WorkerType { Type = "SEND-MAIL", ConfigSchema = ValueJson.Parse("""{"type":"object","required":["to"],"properties":{"to":{"type":"string"}}}""") });
        await _host.RestartAsync();
        var task = await TakeAsync();
        Assert.Equal(before.Execution.Id, task.Task.ExecutionId);
        await AnswerAsync(task, """{"output":1,"port":"sent"}""");
        Assert.Equal("1", (await _host.WhenEndedAsync(before.Execution.Id)).Result.ToString());
        // What runs from now on has to fit, and says so where it does not.
        var after = await _host.RunAsync("w");
        Assert.Contains("'send' is invalid", after.Error.ToString());
    }

    [Fact]
    public async Task A_name_of_the_server_s_own_is_taken()
    {
        var taken = Assert.IsType<RegisterOutcome.Taken>(await _host.Workflows.WorkerTypes.RegisterAsync("acme", "w", [Mail, new WorkerType { Type = "Add-Field" }]));
        Assert.Equal(("Add-Field", "addField"), (taken.Name, taken.Type));
        Assert.Null(await _host.Workflows.WorkerTypes.FindAsync("other", "sendMail", TestContext.Current.CancellationToken));
    }

    private async Task RegisterAsync(WorkerType type) => Assert.IsType<RegisterOutcome.Done>(await _host.Workflows.WorkerTypes.RegisterAsync("acme", "tester", [type]));

    private Task SaveAsync(string nodes, string edges) => _host.SaveAsync("w", """{"id":"start","type":"start"},""" + nodes, edges);

    private static TaskPoll Poll(TimeSpan wait) => new("acme", "tester", [Mail], 1, TimeSpan.FromMinutes(1), wait);

    private async Task<LeasedTask> TakeAsync() => Assert.Single(await Tasks.PollAsync(Poll(TestEngine.Patience), TestContext.Current.CancellationToken));

    private Task<WriteOutcome> AnswerAsync(LeasedTask task, string answer) =>
        Tasks.AnswerAsync("acme", task.Task.Id, task.Task.Lease!.Token, ValueJson.Parse(answer).AsMap(), TestContext.Current.CancellationToken);
}
