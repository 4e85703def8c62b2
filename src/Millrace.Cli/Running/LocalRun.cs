using Millrace.Cli.Documents;
using Millrace.Cli.Output;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Operations;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Server.Executions;
using Millrace.Server.Hosting;
using Millrace.Server.Plugins;

namespace Millrace.Cli.Running;

/// <summary>What a run is started with.</summary>
internal sealed record RunStart(Value Input, MapValue Inputs, MapValue Variables);

/// <summary>What a run prints on standard output.</summary>
internal enum RunOutput
{
    /// <summary>Only the result of the execution.</summary>
    Result,
    /// <summary>The execution, as the API has it.</summary>
    Execution,
    /// <summary>Every event, one line each.</summary>
    Events,
}

/// <summary>Runs one workflow from a file, and shows it.</summary>
internal sealed class LocalRun(Terminal terminal, RunOutput output)
{
    public async Task<int> RunAsync(string path, RunStart start, TimeSpan? timeout, CancellationToken interruption)
    {
        var (file, problem) = WorkflowFile.Read(path);
        if (file is null)
            return terminal.Fail(problem!, ExitCode.Invalid);
        try
        {
            await using var engine = LocalEngine.Open(terminal);
            var analysis = Analysis.Of(file.Content, file.Format, engine.Host.Workflows.Types);
            ProblemLines.Write(terminal.Error, terminal.RichError, file.Name, analysis.Problems);
            if (analysis.Graph is null)
                return terminal.Fail($"'{file.Name}' cannot be run. Correct it and try again.", ExitCode.Invalid);
            return await RunAsync(engine, file, analysis, start, timeout, interruption);
        }
        catch (PluginException e)
        {
            return terminal.Fail(e.Message);
        }
        catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException)
        {
            return terminal.Fail($"The run cannot store its journal in '{Path.GetTempPath()}': {e.Message}");
        }
    }

    private async Task<int> RunAsync(
        LocalEngine engine, WorkflowFile file, Analysis analysis, RunStart start, TimeSpan? timeout, CancellationToken interruption)
    {
        var saved = await engine.Host.Workflows.SaveAsync(
            new SaveRequest { Tenant = Caller.DefaultTenant, Document = file.Content, Format = file.Format });
        if (saved is not SaveOutcome.Saved { Id: var workflowId })
            return Refuse(file.Name, saved is SaveOutcome.Invalid invalid ? invalid.Problems : []);
        var outcome = await engine.Host.Engine.StartAsync(new StartRequest
        {
            Tenant = Caller.DefaultTenant,
            WorkflowId = workflowId,
            Input = start.Input,
            Inputs = start.Inputs,
            Variables = start.Variables,
        }, CancellationToken.None);
        if (outcome is not StartOutcome.Accepted { Execution: var execution })
            return Refuse("input", outcome is StartOutcome.Invalid wrong ? wrong.Problems : []);
        await ShowAsync(engine, analysis, execution, timeout, interruption);
        var ended = await engine.Host.Operations.Executions.ReadAsync(Caller.Local, execution.Id, CancellationToken.None);
        return ended.IsDone(out var read, out var refusal) ? Report(read) : terminal.Fail(refusal.Message);
    }

    private async Task ShowAsync(
        LocalEngine engine, Analysis analysis, ExecutionRecord execution, TimeSpan? timeout, CancellationToken interruption)
    {
        using var limit = new CancellationTokenSource(timeout ?? Timeout.InfiniteTimeSpan);
        await using var onLimit = limit.Token.Register(() => engine.Cancel(execution, $"Timed out after {Lengths.Of(timeout!.Value)}."));
        await using var onInterruption = interruption.Register(() => engine.Cancel(execution, "Interrupted at the terminal."));
        await CreateProgress(analysis).ShowAsync(engine.FollowAsync(execution));
        await engine.WhenCancelledAsync();
    }

    private RunProgress CreateProgress(Analysis analysis)
    {
        if (output == RunOutput.Events)
            return new EventProgress(terminal.Out);
        if (terminal.RichError is { } rich)
            return new LiveProgress(rich, analysis.Definition!.Name, analysis.Graph!.Nodes);
        return output == RunOutput.Execution ? new NoProgress() : new LineProgress(terminal);
    }

    private int Report(ExecutionRecord execution)
    {
        if (output == RunOutput.Execution)
            terminal.Out.WriteLine(Json.Write(writer => ExecutionJson.Write(writer, execution)));
        else if (output == RunOutput.Result && execution.Status == ExecutionStatus.Completed)
            terminal.Out.WriteLine(Json.Indent(execution.Result.IsEmpty ? Value.Null : ValueJson.Parse(execution.Result.Utf8.Span)));
        return execution.Status switch
        {
            ExecutionStatus.Completed => ExitCode.Completed,
            ExecutionStatus.Cancelled => ExitCode.Cancelled,
            _ => ExitCode.Failed,
        };
    }

    private int Refuse(string what, IReadOnlyList<Problem> problems)
    {
        foreach (var problem in problems)
            terminal.Fail($"{what}{(problem.Pointer.Length == 0 ? "" : " at " + problem.Pointer)}: {problem.Message}");
        return problems.Count > 0 ? ExitCode.Invalid : terminal.Fail($"The engine did not accept '{what}'.");
    }
}
