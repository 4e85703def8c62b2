using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>What the messages of an inbox say to the machine.</summary>
internal static class MachineMessages
{
    public const string Cancel = InboxMessage.Cancel;
    public const string Pause = "pause";
    public const string Resume = "resume";
    public const string Resolve = "resolve";
    public const string Migrate = "migrate";

    /// <summary>The version of the workflow that a message speaks of; null: none.</summary>
    public static int? VersionOf(InboxMessage message) =>
        message.Kind is Migrate && ValueJson.Parse(message.Payload.Utf8.Span)["version"].TryGetInt(out var version) ? (int)version : null;

    /// <summary>The input that a message is; null for a kind that this program does not know.</summary>
    /// <param name="message">The message.</param>
    /// <param name="graph">The version of <see cref="VersionOf"/>.</param>
    /// <param name="payload">What it says.</param>
    public static MachineInput? Read(InboxMessage message, CompiledGraph? graph, Value payload)
    {
        return message.Kind switch
        {
            Cancel => new CancelInput(Text(payload["reason"])),
            Pause => new PauseInput(Text(payload["reason"])),
            Resume => ResumeInput.Instance,
            Migrate => graph is null ? null : new MigrateInput(graph, (int)payload["version"].AsInt(), payload["mapping"].TryGetMap(out var mapping) ? mapping : MapValue.Empty),
            Resolve => new ResolveInput(payload["nodeId"].AsString(), Text(payload["iteration"]), ResolvedOutcome(payload)),
            Delivery.Signal => new DeliveryInput(new Delivery(Delivery.Signal, payload["name"].AsString(), payload["payload"])),
            _ => payload["nodeId"].TryGetString(out var nodeId)
                ? new DeliveryInput(new Delivery(message.Kind, Text(payload["name"]), payload, nodeId, Text(payload["iteration"])))
                : null,
        };
    }

    // Without an outcome the effect runs again under its key.
    private static NodeOutcome? ResolvedOutcome(Value payload) => Text(payload["outcome"]) switch
    {
        "completed" => NodeOutcome.Completed(payload["output"]),
        "failed" => NodeOutcome.Failed("inDoubt", Text(payload["message"]) ?? "The effect was resolved as not happened."),
        _ => null,
    };

    private static string? Text(Value value) => value.TryGetString(out var text) ? text : null;
}
