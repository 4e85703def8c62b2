using System.Text;

namespace Millrace.Core.Executions;

/// <summary>One event as journaled, not parsed.</summary>
/// <param name="Seq">Its place in the journal.</param>
/// <param name="Type">Its type, as the API names it.</param>
/// <param name="Json">The event as one JSON object, UTF-8, without the ids of its execution and workflow.</param>
public readonly record struct JournaledEvent(long Seq, string Type, ReadOnlyMemory<byte> Json)
{
    /// <summary>The events of one journal entry.</summary>
    /// <param name="events">The entry: a JSON array, UTF-8.</param>
    /// <exception cref="InvalidDataException">The entry is damaged.</exception>
    public static IEnumerable<JournaledEvent> Of(ReadOnlyMemory<byte> events) =>
        JournalText.Marks(events.Span).Select(mark => new JournaledEvent(mark.Seq, mark.Type, events.Slice(mark.Offset, mark.Length)));

    /// <summary>The event with the ids that the journal leaves out, UTF-8.</summary>
    public byte[] WithIds(string executionId, string workflowId)
    {
        // Ids have only letters, digits, '_' and '-': nothing to escape.
        var head = $"{{\"executionId\":\"{executionId}\",\"workflowId\":\"{workflowId}\",";
        var json = new byte[head.Length + Json.Length - 1];
        Encoding.ASCII.GetBytes(head, json);
        Json.Span[1..].CopyTo(json.AsSpan(head.Length));
        return json;
    }
}
