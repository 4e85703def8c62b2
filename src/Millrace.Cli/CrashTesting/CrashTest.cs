using Millrace.Cli.Output;
using Millrace.Core.Executions;
using Millrace.Engine.Operations;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Cli.CrashTesting;

/// <summary>One run of the workflow.</summary>
/// <param name="Commits">Commits until its crash or its end.</param>
/// <param name="HasCrashed">Whether it got to its crash.</param>
/// <param name="Ended">How it ended; null: not in time.</param>
/// <param name="Ledger">What the world saw of it.</param>
internal sealed record CrashTestRun(int Commits, bool HasCrashed, ExecutionRecord? Ended, EffectLedger Ledger);

/// <summary>
/// Runs a workflow once in peace, and then once for each of its commits with a crash there, after which it goes on over the same store.
/// </summary>
internal sealed class CrashTest(CrashTestSetup setup)
{
    // The commit that creates an execution is its acknowledgement: without it there is nothing to go on with.
    private const int FirstCrash = 2;

    private Analysis? _analysis;

    /// <summary>Drills; the outcome says what to show.</summary>
    /// <param name="interruption">Stops between two runs.</param>
    /// <exception cref="CrashTestException">The workflow cannot be drilled.</exception>
    public async Task<CrashTestReport> RunAsync(CancellationToken interruption)
    {
        var calm = await RunAsync(crash: null);
        if (calm.Ended is null)
            throw new CrashTestException(
                $"The workflow did not end within {Lengths.Of(setup.Timeout)} even without a crash. Set a longer --timeout, or give "
                    + "answers with --answers.");
        var report = new CrashTestReport(_analysis!, calm);
        for (var commit = FirstCrash; ; commit++)
        {
            interruption.ThrowIfCancellationRequested();
            // Steps side by side share commits one time and not another: only a run that gets to its end says that there are no more.
            var run = await RunAsync(new PlannedCrash.AtCommit(commit));
            if (!run.HasCrashed)
                break;
            report.Add(run);
            if (report.Crashes == setup.MaxCrashes)
            {
                report.IsCutShort = calm.Commits > commit;
                return report;
            }
        }
        foreach (var nodeId in report.Unrepeated())
        {
            interruption.ThrowIfCancellationRequested();
            report.Add(await RunAsync(new PlannedCrash.AtEndOf(nodeId)));
        }
        return report;
    }

    private async Task<CrashTestRun> RunAsync(PlannedCrash? crash)
    {
        var directory = Directory.CreateTempSubdirectory("millrace-drill-");
        try
        {
            return await RunAsync(directory.FullName, crash);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<CrashTestRun> RunAsync(string directory, PlannedCrash? crash)
    {
        var ledger = new EffectLedger();
        string executionId;
        int commits;
        await using (var life = EngineLife.Begin(setup, directory, ledger, crash))
        {
            life.Host.Engine.Start();
            executionId = (await StartAsync(life)).Id;
            using var limit = new CancellationTokenSource(setup.Timeout);
            var ended = life.Host.Engine.WhenEndedAsync(Caller.DefaultTenant, executionId, limit.Token);
            await Task.WhenAny(ended, life.Died);
            if (ended.IsCompletedSuccessfully)
                return new CrashTestRun(life.Commits, HasCrashed: false, await ended, ledger);
            if (!life.HasEnded)
                return new CrashTestRun(life.Commits, HasCrashed: false, null, ledger);
            commits = life.Commits;
        }
        await using var next = EngineLife.Again(setup, directory, ledger);
        return new CrashTestRun(commits, HasCrashed: true, await next.RecoverAsync(executionId, setup.Timeout), ledger);
    }

    private async Task<ExecutionRecord> StartAsync(EngineLife life)
    {
        var saved = await life.Host.Workflows.SaveAsync(
            new SaveRequest { Tenant = Caller.DefaultTenant, Document = setup.File.Content, Format = setup.File.Format });
        if (saved is not SaveOutcome.Saved { Id: var workflowId } done)
            throw new CrashTestException($"'{setup.File.Name}' cannot be run: {saved}");
        _analysis = done.Analysis;
        var outcome = await life.Host.Engine.StartAsync(new StartRequest
        {
            Tenant = Caller.DefaultTenant,
            WorkflowId = workflowId,
            Input = setup.Start.Input,
            Inputs = setup.Start.Inputs,
            Variables = setup.Start.Variables,
        }, CancellationToken.None);
        return outcome switch
        {
            StartOutcome.Accepted accepted => accepted.Execution,
            StartOutcome.Invalid invalid =>
                throw new CrashTestException(
                    string.Join(
                        '\n',
                        invalid.Problems.Select(
                            problem => $"input{(problem.Pointer.Length == 0 ? "" : " at " + problem.Pointer)}: {problem.Message}"))),
            _ => throw new CrashTestException($"The engine did not accept '{setup.File.Name}': {outcome.GetType().Name}."),
        };
    }
}

/// <summary>A workflow cannot be drilled; the message says why and what to do.</summary>
internal sealed class CrashTestException(string message) : Exception(message);
