using Millrace.Cli.Output;
using Millrace.Core.Executions;
using Millrace.Engine.Feed;
using Millrace.Engine.Storage;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;

namespace Millrace.Cli.Running;

/// <summary>An engine for one run, over a store that goes with it.</summary>
internal sealed class LocalEngine : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private volatile Task _cancelling = Task.CompletedTask;

    private LocalEngine(EngineHost host, DirectoryInfo directory) => (Host, _directory) = (host, directory);

    public EngineHost Host { get; }

    /// <summary>Opens an engine that is configured as the server would be, its data apart.</summary>
    /// <exception cref="StoreException">The store cannot be opened.</exception>
    public static LocalEngine Open(Terminal terminal)
    {
        var directory = Directory.CreateTempSubdirectory("millrace-run-");
        try
        {
            var host = EngineHost.Open(
                ReadSettings(terminal) with { DataDirectory = directory.FullName, DatabasePath = null },
                TimeProvider.System,
                new Loggers(terminal.Error));
            host.Engine.Start();
            return new LocalEngine(host, directory);
        }
        catch
        {
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>The events of an execution as they are committed, to the last one.</summary>
    public async IAsyncEnumerable<ShownEvent> FollowAsync(ExecutionRecord execution)
    {
        await foreach (var item in Host.Feed.FollowAsync(new FeedScope.Execution(execution.Tenant, execution.Id), FeedCursor.Start))
        {
            if (item is not FeedEvents events)
                continue;
            for (var i = 0; i < events.Events.Length; i++)
            {
                var mark = events.Events.Span[i];
                var e = new JournaledEvent(mark.Seq, mark.Type, events.JsonOf(mark));
                yield return ShownEvent.Parse(e.WithIds(execution.Id, execution.WorkflowId));
            }
        }
    }

    /// <summary>Asks for the execution's end; its events say when it comes.</summary>
    public void Cancel(ExecutionRecord execution, string reason) =>
        _cancelling = Host.Engine.CancelAsync(execution.Tenant, execution.Id, reason);

    /// <summary>Ends when a cancel that was asked for is stored.</summary>
    public Task WhenCancelledAsync() => _cancelling;

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    /// <summary>
    /// The settings of the same environment, .env and settings file, so that a workflow finds here what it will find there.
    /// </summary>
    public static ServerSettings ReadSettings(Terminal terminal)
    {
        var problems = new List<string>();
        var reader = new SettingsReader(SettingsSources.Read([], Directory.GetCurrentDirectory(), problems));
        var settings = reader.Read();
        foreach (var sentence in problems.Concat(reader.Problems))
            terminal.Error.WriteLine($"warning: {sentence}");
        return settings;
    }
}
