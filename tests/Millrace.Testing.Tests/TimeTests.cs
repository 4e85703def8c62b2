using System.Diagnostics;
using Millrace.Core.Executions;
using Millrace.Testing.Workflows;
using Millrace.Testing.Workflows.Fakes;

namespace Millrace.Testing.Tests;

/// <summary>Virtual time, and what comes from outside at its moments.</summary>
public sealed class TimeTests
{
    [Fact]
    public async Task Thirty_days_pass_at_once()
    {
        var watch = Stopwatch.StartNew();
        var result = await WorkflowTestCase.FromText("""
            name: Reminder
            nodes:
              - { id: start, type: start }
              - { id: wait, type: delay, config: { duration: P30D } }
              - { id: remind, type: transform, config: { expression: "{'at': string(now)}" } }
            edges: [{ source: start, target: wait }, { source: wait, target: remind }]
            """).RunAsync();

        result.AssertCompleted().AssertResult(new { at = "2026-01-31T00:00:00Z" });
        Assert.Equal(TimeSpan.FromDays(30), result.Elapsed);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task What_is_due_side_by_side_comes_in_its_order()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Race
            nodes:
              - { id: start, type: start }
              - { id: year, type: delay, config: { duration: P365D } }
              - { id: minute, type: delay, config: { duration: PT1M } }
              - { id: second, type: delay, config: { duration: PT1S } }
              - { id: a, type: noop }
              - { id: b, type: noop }
              - { id: c, type: noop }
            edges:
              - { source: start, target: year }
              - { source: start, target: minute }
              - { source: start, target: second }
              - { source: year, target: a }
              - { source: minute, target: b }
              - { source: second, target: c }
            """).RunAsync();
        result.AssertCompleted().AssertEffects("c", "b", "a");
        Assert.Equal(TimeSpan.FromDays(365), result.Elapsed);
    }

    [Fact]
    public async Task A_workflow_that_waits_for_nobody_is_waiting_at_the_end()
    {
        var result = await WorkflowTestCase.FromText(Approve).RunAsync();
        result.AssertWaiting("approve").AssertNotRan("paid");
        Assert.Equal(ExecutionStatus.Waiting, result.Status);
    }

    [Fact]
    public async Task A_person_approves_after_two_days_or_too_late()
    {
        var approved = await WorkflowTestCase
            .FromText(Approve)
            .Answer("approve", TestAnswer.Approved(new { limit = 5 }, "fine", "ada") with { After = TimeSpan.FromDays(2) })
            .RunAsync();
        approved.AssertCompleted().AssertPath("start", "approve", "paid").AssertResult(new { by = "ada", limit = 5 });
        Assert.Equal(TimeSpan.FromDays(2), approved.Elapsed);

        var late = await WorkflowTestCase
            .FromText(Approve.Replace("config: { title: Pay?", "config: { title: Pay?, timeout: P1D"))
            .Answer("approve", TestAnswer.Approved() with { After = TimeSpan.FromDays(2) })
            .RunAsync();
        late.AssertFailed("timeout", nodeId: "approve");

        (
            await WorkflowTestCase
                .FromText(Approve.Replace("config: { title: Pay?", "config: { title: Pay?, timeout: P1D"))
                .Until(TimeSpan.FromHours(23))
                .RunAsync()).AssertWaiting("approve");

        var rejected = await WorkflowTestCase.FromText(Approve).Answer("approve", TestAnswer.Rejected("no")).RunAsync();
        rejected
            .AssertCompleted()
            .AssertPath("start", "approve", "refused")
            .AssertOutput("approve", new { decision = "rejected", comment = "no", data = (object?)null, answeredBy = (object?)null });
    }

    [Fact]
    public async Task Answers_are_taken_in_order()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Ask thrice
            nodes:
              - { id: start, type: start }
              - { id: each, type: forEach, config: { items: [1, 2], body: { nodes: [{ id: ask, type: approval, config: { title: "{{item}}" } }], edges: [] } } }
            edges: [{ source: start, target: each }]
            """).Answer("ask", TestAnswer.Approved(comment: "one"), TestAnswer.Approved(comment: "two")).RunAsync();
        result
            .AssertCompleted()
            .Assert("result.map(r, r.comment) == ['one', 'two']")
            .AssertRan("ask", 2)
            .AssertPath("start", "each", "ask[0]", "ask[1]");
    }

    [Fact]
    public async Task Forms_callbacks_and_signals_are_answered_when_asked()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Outside
            nodes:
              - { id: start, type: start }
              - { id: details, type: manualInput, config: { form: { type: object, required: [count], properties: { count: { type: integer } } } } }
              - { id: hook, type: callback }
              - { id: paid, type: waitForEvent, config: { name: "paid-{{details.output.count}}" } }
              - { id: all, type: output, config: { fields: { count: "{{details.output.count}}", body: "{{hook.output.body}}", paid: "{{paid.output}}" } } }
            edges: [{ source: start, target: details }, { source: details, target: hook }, { source: hook, target: paid }, { source: paid, target: all }]
            """)
            .Answer("details", TestAnswer.Form(new { count = 3 }))
            .Answer("hook", TestAnswer.Call(new { ok = true }))
            .Answer("paid", TestAnswer.Signal(new { amount = 4 }))
            .RunAsync();
        result.AssertCompleted().AssertResult(new { count = 3, body = new { ok = true }, paid = new { amount = 4 } });
    }

    [Fact]
    public async Task Signals_come_at_their_moments_and_are_kept_where_they_are_early()
    {
        const string document = """
            name: Signals
            nodes:
              - { id: start, type: start }
              - { id: pause, type: delay, config: { duration: PT1H } }
              - { id: paid, type: waitForEvent, config: { name: paid, timeout: PT1H } }
            edges: [{ source: start, target: pause }, { source: pause, target: paid }]
            """;
        var early = await WorkflowTestCase.FromText(document).Signal("paid", 1).RunAsync();
        early.AssertCompleted().AssertResult(1);
        Assert.Equal(TimeSpan.FromHours(1), early.Elapsed);
        var later = await WorkflowTestCase.FromText(document).Signal("paid", 2, TimeSpan.FromMinutes(90)).RunAsync();
        Assert.Equal(TimeSpan.FromMinutes(90), later.AssertCompleted().AssertResult(2).Elapsed);
        (await WorkflowTestCase.FromText(document).Signal("paid", 3, TimeSpan.FromHours(3)).RunAsync()).AssertFailed("timeout");
    }

    private const string Approve = """
        name: Approve
        nodes:
          - { id: start, type: start }
          - { id: approve, type: approval, config: { title: Pay?, form: { type: object, properties: { limit: { type: integer } } } } }
          - { id: paid, type: output, config: { fields: { by: "{{approve.output.answeredBy}}", limit: "{{approve.output.data.?limit}}" } } }
          - { id: refused, type: noop }
        edges: [{ source: start, target: approve }, { source: approve, target: paid, port: approved }, { source: approve, target: refused, port: rejected }]
        """;
}
