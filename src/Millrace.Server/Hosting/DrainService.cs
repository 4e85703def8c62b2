namespace Millrace.Server.Hosting;

/// <summary>
/// Ends the engine while the server still answers: nothing new is started, running effects get their grace period, and callers
/// can watch. Only then does the server stop listening.
/// </summary>
internal sealed class DrainService(EngineHost host, ILogger<DrainService> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("Shutting down: running effects may finish; other work continues at the next start");
        host.Draining.Begin();
        await host.Engine.DisposeAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
