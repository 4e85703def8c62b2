using System.Text;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Server.Executions;

/// <summary>One event as journaled.</summary>
/// <param name="Seq">Its place in the journal.</param>
/// <param name="Type">Its type, as the API names it.</param>
/// <param name="Json">The event as one JSON object.</param>
internal readonly record struct JournaledEvent(long Seq, string Type, ReadOnlyMemory<byte> Json);

/// <summary>Takes journal rows apart into events without parsing what they say.</summary>
internal static class JournalReader
{
    private const int Page = 256;

    /// <summary>An execution's events after one, in order, as far as they are stored now.</summary>
    public static async IAsyncEnumerable<JournaledEvent> ReadAsync(
        IStore store, string tenant, string executionId, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            var entries = await store.ReadJournalAsync(tenant, executionId, after, Page, cancellation: cancellation);
            foreach (var entry in entries)
            {
                foreach (var e in EventsOf(entry))
                {
                    if (e.Seq <= after)
                        continue;
                    after = e.Seq;
                    yield return e;
                }
            }
            if (entries.Count < Page)
                yield break;
        }
    }

    /// <summary>The events of one row.</summary>
    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public static List<JournaledEvent> EventsOf(JournalEntry entry) =>
        [.. JournalText.Marks(entry.Events.Utf8.Span).Select(mark => new JournaledEvent(mark.Seq, mark.Type, entry.Events.Utf8.Slice(mark.Offset, mark.Length)))];

    /// <summary>An event with the ids that the journal leaves out.</summary>
    public static void Write(Utf8JsonWriter writer, JournaledEvent e, string executionId, string workflowId) =>
        writer.WriteRawValue(WithIds(e, executionId, workflowId), skipInputValidation: true);

    /// <summary>An event with the ids that the journal leaves out, as UTF-8.</summary>
    public static byte[] WithIds(JournaledEvent e, string executionId, string workflowId)
    {
        // Ids have only letters, digits, '_' and '-': nothing to escape.
        var head = $"{{\"executionId\":\"{executionId}\",\"workflowId\":\"{workflowId}\",";
        var json = new byte[head.Length + e.Json.Length - 1];
        Encoding.ASCII.GetBytes(head, json);
        e.Json.Span[1..].CopyTo(json.AsSpan(head.Length));
        return json;
    }
}
