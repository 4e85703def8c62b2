using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Health;

/// <summary>Whether the server is up, and whether it can take work.</summary>
internal sealed class HealthRoutes(StoreHealth store, Draining draining, TimeProvider time)
{
    private static readonly string Version = typeof(HealthRoutes).Assembly.GetName().Version?.ToString(3) ?? "";

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("").RequirePermission(Permission.Public).WithMetadata(new TakesAnyRequest());
        health.MapGet("/", Reply.Of(HealthAsync)).Describe("Health check", Reports);
        health.MapGet("/health", Reply.Of(HealthAsync)).Describe("Health check", Reports);
        health.MapGet("/health/ready", Reply.Of(HealthAsync)).Describe("Readiness check", Reports);
        health.MapGet("/health/live", Reply.Of(_ => new(Reply.Json("healthy", WriteStatus)))).Describe("Liveness check", Answers);
        health.MapGet("/ping", Reply.Of(_ => new(Reply.Json("ok", WriteStatus)))).Describe("Ping", Answers);
    }

    private static void Reports(RouteDescriptionBuilder route) => route.Replies(200, "The server accepts work.", "Health").Replies(503, "The server does not accept work now.", "Health");

    private static void Answers(RouteDescriptionBuilder route) => route.Replies(200, "It does.", "Liveness");

    private async ValueTask<Reply> HealthAsync(HttpContext context)
    {
        var trouble = await store.FindTroubleAsync(context.RequestAborted);
        var isReady = trouble is null && !draining.IsDraining;
        var status = isReady ? "healthy" : trouble is null ? "draining" : "unhealthy";
        var report = new Report(status, trouble, (long)(time.GetUtcNow() - _startedAt).TotalSeconds);
        return Reply.Json(report, WriteReport, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static void WriteStatus(Utf8JsonWriter writer, string status)
    {
        writer.WriteStartObject();
        writer.WriteString("status", status);
        writer.WriteEndObject();
    }

    private static void WriteReport(Utf8JsonWriter writer, Report report)
    {
        writer.WriteStartObject();
        writer.WriteString("status", report.Status);
        writer.WriteString("service", "millrace");
        writer.WriteString("version", Version);
        writer.WriteNumber("uptime", report.Uptime);
        writer.WriteStartObject("checks");
        writer.WriteString("store", report.Trouble?.Name() ?? "healthy");
        writer.WriteEndObject();
        if (report.Trouble is { } trouble)
            writer.WriteString("message", trouble.Sentence());
        writer.WriteEndObject();
    }

    private sealed record Report(string Status, StoreTrouble? Trouble, long Uptime);
}
