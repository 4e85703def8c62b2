using Microsoft.Extensions.Logging;
using Millrace.Engine.Runtime;

namespace Millrace.Engine.Tests.Runtime;

public sealed class UnawaitedTests
{
    [Fact]
    public async Task What_nobody_catches_is_logged_with_its_execution()
    {
        var logger = new Logger();
        var work = new TaskCompletionSource();
        work.Task.RunOn(logger, "e1");
        work.SetException(new InvalidOperationException("It broke."));
        var (text, failure) = await logger.First.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Contains("e1", text, StringComparison.Ordinal);
        Assert.Equal("It broke.", failure?.Message);
    }

    [Fact]
    public void What_goes_well_is_not_mentioned()
    {
        var logger = new Logger();
        Task.CompletedTask.RunOn(logger, "e1");
        Assert.False(logger.First.Task.IsCompleted);
    }

    private sealed class Logger : ILogger
    {
        public TaskCompletionSource<(string Text, Exception? Failure)> First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            First.TrySetResult((formatter(state, exception), exception));
    }
}
