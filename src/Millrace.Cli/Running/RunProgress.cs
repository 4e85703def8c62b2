using Millrace.Cli.Output;

namespace Millrace.Cli.Running;

/// <summary>Shows an execution while it runs.</summary>
internal abstract class RunProgress
{
    /// <summary>Shows the events, until there are no more.</summary>
    public abstract Task ShowAsync(IAsyncEnumerable<ShownEvent> events);
}

/// <summary>A line for each event: for logs, pipes, and terminals that cannot do more.</summary>
internal sealed class LineProgress(Terminal terminal) : RunProgress
{
    public override async Task ShowAsync(IAsyncEnumerable<ShownEvent> events)
    {
        await foreach (var e in events)
            EventLines.Write(terminal, toError: true, e);
    }
}

/// <summary>The events as they are, for programs.</summary>
internal sealed class EventProgress(TextWriter output) : RunProgress
{
    public override async Task ShowAsync(IAsyncEnumerable<ShownEvent> events)
    {
        await foreach (var e in events)
            await output.WriteLineAsync(e.Json);
    }
}

/// <summary>Nothing: the end is all that is wanted.</summary>
internal sealed class NoProgress : RunProgress
{
    public override async Task ShowAsync(IAsyncEnumerable<ShownEvent> events)
    {
        await foreach (var _ in events)
        {
        }
    }
}
