using System.Text.Json.Nodes;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>What is read of a journal does not know that some nodes were completed; it says something harmless in their place.</summary>
internal sealed class ForgetsCompletionsStore(IStore inner, string nodeType) : PlantedStore(inner)
{
    protected override JournalEntry Read(string executionId, JournalEntry entry) => Rewritten(entry, text =>
    {
        var events = JsonNode.Parse(text)!.AsArray();
        foreach (var e in events)
        {
            if (e!["type"]!.GetValue<string>() != "node_completed" || e["data"]!["nodeType"]!.GetValue<string>() != nodeType)
                continue;
            e["type"] = "log";
            e["data"] = new JsonObject { ["level"] = "info", ["message"] = "forgotten" };
        }
        return events.ToJsonString();
    });
}

/// <summary>What is read of a journal does not know the steps inside effects; it says something harmless in their place.</summary>
internal sealed class ForgetsStepsStore(IStore inner) : PlantedStore(inner)
{
    protected override JournalEntry Read(string executionId, JournalEntry entry) => Rewritten(entry, text =>
    {
        var events = JsonNode.Parse(text)!.AsArray();
        foreach (var e in events.Where(e => e!["type"]!.GetValue<string>() == "step_completed"))
        {
            e!["type"] = "log";
            e["data"] = new JsonObject { ["level"] = "info", ["message"] = "forgotten" };
        }
        return events.ToJsonString();
    });
}

/// <summary>After a recovery, what somebody has retried runs under keys of its own.</summary>
internal sealed class ChangesKeysStore(IStore inner) : PlantedStore(inner)
{
    protected override JournalEntry Read(string executionId, JournalEntry entry) => entry.FirstSeq > 1 ? entry : Rewritten(entry, text =>
    {
        var events = JsonNode.Parse(text)!.AsArray();
        if (events[0]!["data"]!["origin"] is { } origin)
            origin["keyId"] = executionId;
        return events.ToJsonString();
    });
}

/// <summary>A message is read twice, under two numbers, so that it is not known again.</summary>
internal sealed class DoublesInboxStore(IStore inner) : PlantedStore(inner)
{
    public override async ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default)
    {
        var messages = await base.ReadInboxAsync(tenant, executionId, cancellation);
        return [.. messages.Select(message => message with { Id = -message.Id }).OrderBy(message => message.Id), .. messages];
    }
}
