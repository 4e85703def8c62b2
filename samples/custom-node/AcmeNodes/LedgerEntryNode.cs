using System.ComponentModel;
using System.Text.Json;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace AcmeNodes;

public sealed record LedgerEntryConfig
{
    [Description("What to write down. Templates are filled in before the node runs.")]
    public required string Text { get; init; }
}

/// <summary>
/// An effect: it touches the world, here a file. It starts only when everything before it is durable, and after a crash it may run again,
/// with the same key. So it looks for the key first: the entry is written once.
/// </summary>
/// <param name="path">The operator's choice, never the workflow's.</param>
public sealed class LedgerEntryNode(string path) : EffectNodeType<LedgerEntryConfig>
{
    private readonly SemaphoreSlim _one = new(1);

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "ledgerEntry",
        Aliases = ["ledger"],
        Title = "Ledger entry",
        Summary = "Writes a line into the ledger, once, and gives its number.",
        Category = "Integration",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
    };

    protected override async ValueTask<NodeOutcome> ExecuteAsync(
        LedgerEntryConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(config.Text))
            return NodeOutcome.Failed("config", $"Node '{context.NodeId}' has no text to write down once its templates are filled in.");
        await _one.WaitAsync(cancellation);
        try
        {
            var lines = File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellation) : [];
            var number = Array.FindIndex(
                lines, line => JsonDocument.Parse(line).RootElement.GetProperty("key").GetString() == context.IdempotencyKey) + 1;
            if (number == 0)
            {
                await File.AppendAllLinesAsync(
                    path, [JsonSerializer.Serialize(new { key = context.IdempotencyKey, text = config.Text })], cancellation);
                number = lines.Length + 1;
            }
            context.Log("info", $"Entry {number} is in the ledger.");
            return NodeOutcome.Completed(MapValue.Of(("number", (long)number), ("text", config.Text)));
        }
        catch (IOException e)
        {
            // An expected failure is an outcome. This one may pass: the node's `retry` says how often to try again.
            return NodeOutcome.Failed("ledger", $"The ledger cannot be written: {e.Message}", retryable: true);
        }
        finally
        {
            _one.Release();
        }
    }
}
