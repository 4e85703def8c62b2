using System.Text;
using Millrace.Core.Executions;
using Millrace.Core.Values;

namespace Millrace.Cli.Output;

/// <summary>An event of an execution, as the API has it.</summary>
/// <param name="Json">The whole event, one line.</param>
internal sealed record ShownEvent(string Json, long Seq, string Type, DateTimeOffset Time, string? NodeId, string Iteration, Value Data)
{
    public bool IsTerminal => EventJson.IsTerminal(Type);

    /// <exception cref="System.Text.Json.JsonException">It is no event.</exception>
    public static ShownEvent Parse(ReadOnlySpan<byte> utf8)
    {
        var json = ValueJson.Parse(utf8);
        return new ShownEvent(
            Encoding.UTF8.GetString(utf8),
            json["seq"].TryGetInt(out var seq) ? seq : 0,
            TextOf(json["type"]) ?? "",
            Rfc3339.TryParse(TextOf(json["time"]), out var time)
                ? time
                : default,
            TextOf(json["nodeId"]),
            TextOf(json["iteration"]) ?? "",
            json["data"]);
    }

    public static string? TextOf(Value value) => value.TryGetString(out var text) ? text : null;
}
