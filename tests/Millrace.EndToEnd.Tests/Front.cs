using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Millrace.EndToEnd.Tests;

/// <summary>An address that stays the same while the server behind it comes and goes.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();

    private Front(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>The server behind it; null: there is none just now.</summary>
    public Uri? Server { get; set; }

    public static async Task<Front> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var front = new Front(app);
        app.MapPost("/{**path}", front.PassOnAsync);
        await app.StartAsync();
        return front;
    }

    private async Task PassOnAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        if (Server is not { } server)
            return;
        try
        {
            using var reader = new StreamReader(context.Request.Body);
            using var body = new StringContent(await reader.ReadToEndAsync(), Encoding.UTF8, "application/json");
            using var response = await _http.PostAsync(new Uri(server, context.Request.Path.ToString().TrimStart('/')), body);
            context.Response.StatusCode = (int)response.StatusCode;
            await context.Response.WriteAsync(await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            // The server went away: a bad gateway.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }
}
