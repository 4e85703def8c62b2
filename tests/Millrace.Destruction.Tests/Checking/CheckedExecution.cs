using System.Text.Json;

namespace Millrace.Destruction.Tests.Checking;

/// <summary>An execution as it is at the end of everything.</summary>
/// <param name="Row">Its row, as the API gives it.</param>
/// <param name="Journal">Its events, as the API gives them.</param>
internal sealed record CheckedExecution(JsonElement Row, IReadOnlyList<JsonElement> Journal)
{
    public string Id => Row.GetProperty("id").GetString()!;

    public string Status => Row.GetProperty("status").GetString()!;

    public static string TypeOf(JsonElement e) => e.GetProperty("type").GetString()!;

    /// <summary>The node and iteration that an event is about; null: none.</summary>
    public static (string NodeId, string Iteration)? PlaceOf(JsonElement e) => e.TryGetProperty("nodeId", out var node)
        ? (node.GetString()!, e.TryGetProperty("iteration", out var iteration) ? iteration.GetString()! : "")
        : null;

    /// <summary>A number that an event's data has; null: it has none.</summary>
    public static long? Number(JsonElement e, string name) => e.GetProperty("data").TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
