using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Millrace.Nodes.Tests.Http;

/// <summary>
/// A server on a free loopback port that answers as the test says, and remembers what it was asked, unless the test reads it itself.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app) => _app = app;

    public List<Request> Requests { get; } = [];

    public Uri Url { get; private set; } = null!;

    public static async Task<TestServer> StartAsync(Func<HttpContext, Task> answer, Func<HttpContext, Task>? read = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new TestServer(builder.Build());
        server._app.Run(async context =>
        {
            if (read is not null)
            {
                await read(context);
                return;
            }
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            lock (server.Requests)
                server.Requests.Add(
                    new(
                        context.Request.Method,
                        context.Request.Path + context.Request.QueryString,
                        context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                        body));
            await answer(context);
        });
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        server.Url = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public sealed record Request(string Method, string Target, Dictionary<string, string> Headers, string Body);
}
