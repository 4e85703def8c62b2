using System.Text;
using System.Text.Json;
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
            var entries = await store.ReadJournalAsync(tenant, executionId, after, Page, cancellation);
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
    public static List<JournaledEvent> EventsOf(JournalEntry entry)
    {
        var events = new List<JournaledEvent>((int)(entry.LastSeq - entry.FirstSeq + 1));
        var reader = new Utf8JsonReader(entry.Events.Utf8.Span, new JsonReaderOptions { MaxDepth = 256 });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            var (seq, type) = ReadHead(ref reader);
            events.Add(new JournaledEvent(seq, type, entry.Events.Utf8[start..(int)reader.BytesConsumed]));
        }
        return events;
    }

    private static (long Seq, string Type) ReadHead(ref Utf8JsonReader reader)
    {
        long seq = 0;
        string? type = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSeq = reader.ValueTextEquals("seq"u8);
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isSeq)
                seq = reader.GetInt64();
            else if (isType)
                type = reader.GetString();
            else
                reader.Skip();
        }
        return (seq, type ?? throw new InvalidDataException($"Event {seq} has no type."));
    }

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
