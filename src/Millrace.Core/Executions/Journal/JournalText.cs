using System.Text.Json;

namespace Millrace.Core.Executions;

/// <summary>Where one event is in the text of a journal entry, and what is asked of it most, so that readers need not parse it.</summary>
/// <param name="Seq">Its place in the journal.</param>
/// <param name="Type">Its type, as the API names it.</param>
/// <param name="Offset">Where its JSON object begins, in bytes.</param>
/// <param name="Length">How long that is, in bytes.</param>
public readonly record struct EventMark(long Seq, string Type, int Offset, int Length)
{
    /// <summary>Whether nothing follows it in its execution.</summary>
    public bool IsTerminal => EventJson.IsTerminal(Type);
}

/// <summary>Takes the text of journal entries apart into events without parsing what they say.</summary>
public static class JournalText
{
    private const int MaxDepth = 256;

    /// <summary>The events of one entry, in order.</summary>
    /// <param name="events">The entry: a JSON array, UTF-8.</param>
    /// <exception cref="InvalidDataException">The entry is damaged.</exception>
    public static List<EventMark> Marks(ReadOnlySpan<byte> events)
    {
        var marks = new List<EventMark>();
        var reader = Open(events);
        while (Next(ref reader) is { } mark)
            marks.Add(mark);
        return marks;
    }

    /// <summary>
    /// The events of one entry after one of them, as an entry of their own: as many as fit, and at least one. An entry may be much larger than
    /// what somebody wants to hold at once.
    /// </summary>
    /// <param name="events">The entry: a JSON array, UTF-8.</param>
    /// <param name="after">The seq of the last event that is not wanted.</param>
    /// <param name="maxBytes">How long the part may be.</param>
    /// <returns>The part, and the seqs of its first and last event; empty where no event follows.</returns>
    /// <exception cref="InvalidDataException">The entry is damaged.</exception>
    public static (byte[] Events, long FirstSeq, long LastSeq) Part(ReadOnlySpan<byte> events, long after, int maxBytes)
    {
        var reader = Open(events);
        EventMark? first = null, last = null;
        while (Next(ref reader) is { } mark)
        {
            if (mark.Seq <= after)
                continue;
            if (first is { } begin && mark.Offset + mark.Length - begin.Offset + 2 > maxBytes)
                break;
            first ??= mark;
            last = mark;
        }
        if (first is not { } from || last is not { } to)
            return ([], 0, 0);
        var text = events[from.Offset..(to.Offset + to.Length)];
        var part = new byte[text.Length + 2];
        part[0] = (byte)'[';
        text.CopyTo(part.AsSpan(1));
        part[^1] = (byte)']';
        return (part, from.Seq, to.Seq);
    }

    private static Utf8JsonReader Open(ReadOnlySpan<byte> events)
    {
        var reader = new Utf8JsonReader(events, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        return reader;
    }

    private static EventMark? Next(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        var start = (int)reader.TokenStartIndex;
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
        return new EventMark(seq, type ?? throw new InvalidDataException($"Event {seq} has no type."), start, (int)reader.BytesConsumed - start);
    }
}
