using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Millrace.Core.Values;

/// <summary>
/// Values as they are stored: JSON, in which a large part is replaced by a reference <c>{"$blob": "id", "size": bytes}</c> to where it
/// lies. A part that occurs again is stored once. Each execution has one of these to itself. Users' own data never passes for a reference:
/// a key of theirs that reads
/// <c>$blob</c>, however many <c>$</c> it begins with, is stored with one more.
/// </summary>
public abstract class StoredValues
{
    private static readonly byte[] EmptyMap = "{}"u8.ToArray();

    /// <summary>The most bytes of JSON that stay where they are; a value of more becomes a reference.</summary>
    public const int LargestInline = 256 * 1024;

    private const string ReferenceKey = "$blob";
    // No value is more bytes of JSON than this many times its weight: a character is at most an escape of six.
    private const int BytesPerWeight = 6;

    // By the identity of text, lists and maps: what is passed on from node to node is written and hashed once.
    private ConditionalWeakTable<object, Reference>? _known;
    // What is referred to in several places is in memory once.
    private Dictionary<string, WeakReference<object>>? _read;
    // What a reader is about to need of that: it must not go meanwhile.
    private List<object>? _held;
    private readonly int _largestInline;

    /// <param name="largestInline">The most bytes of JSON that stay where they are.</param>
    protected StoredValues(int largestInline = LargestInline) => _largestInline = largestInline;

    /// <summary>Keeps everything where it is; for values that are not stored, and for readers that expect no references.</summary>
    public static readonly StoredValues Inline = new InlineValues();

    /// <summary>Says where the JSON of a large value is to be stored, and notes that it is. It is at hand only during the call.</summary>
    /// <returns>The id to find it by, which its content makes; null: it stays where it is.</returns>
    protected abstract string? Keep(ReadOnlySpan<byte> utf8);

    /// <summary>The JSON that was kept under an id. Whoever reads has it at hand before: see <see cref="FindReferences"/>.</summary>
    /// <exception cref="InvalidDataException">It is not there, or not what it was.</exception>
    protected abstract ReadOnlyMemory<byte> Fetch(string id);

    /// <summary>
    /// Finds what reading stored JSON will fetch, so that it can be at hand. What is in memory already stays there until
    /// <see cref="LetGo"/>.
    /// </summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="ids">Gets the ids.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    protected void FindReferences(ReadOnlySpan<byte> utf8, ICollection<string> ids)
    {
        if (MayDiffer(utf8))
            AddReferences(ValueJson.Parse(utf8), ids);
    }

    /// <summary>Lets go of what was in memory when it was asked for.</summary>
    protected void LetGo() => _held = null;

    /// <summary>
    /// Takes over what others know to be stored: values that they have read are not stored again where they are passed on.
    /// </summary>
    public void Learn(StoredValues others)
    {
        foreach (var (value, reference) in others._known ?? [])
            (_known ??= []).AddOrUpdate(value, reference);
    }

    /// <summary>A value that is written may be a <see cref="FileValue"/>: by its id, or something that looks like one.</summary>
    protected virtual void Refer(string blobId)
    {
    }

    /// <summary>
    /// Whether stored JSON may hold references, or keys that look like them; if not, it is the value's JSON as it stands.
    /// </summary>
    public static bool MayDiffer(ReadOnlySpan<byte> utf8) => utf8.IndexOf("$blob\""u8) >= 0;

    /// <summary>Writes a value as JSON, with references in place of large parts.</summary>
    public void Write(Utf8JsonWriter writer, Value value) => Write(writer, value, keepsMore: true);

    private void Write(Utf8JsonWriter writer, Value value, bool keepsMore)
    {
        if (value.Weight <= _largestInline / BytesPerWeight)
            WriteParts(writer, value, keepsMore);
        else if (Identity(value) is { } identity && _known is { } known && known.TryGetValue(identity, out var reference))
            reference.Write(writer);
        else if (keepsMore)
            WriteMeasured(writer, value);
        else
            WriteParts(writer, value, keepsMore);
    }

    /// <summary>The value as stored, in UTF-8.</summary>
    public byte[] ToUtf8(Value value) => ToUtf8(value, keepsMore: true);

    /// <summary>
    /// The value as stored, in UTF-8, but however large it is, it stays where it is, apart from the parts that were written or read here
    /// before. For
    /// what soon is replaced, such as a snapshot: what it alone refers to would be kept for as long as the execution is.
    /// </summary>
    public byte[] ToUtf8AroundKnown(Value value) => ToUtf8(value, keepsMore: false);

    private byte[] ToUtf8(Value value, bool keepsMore)
    {
        // Of most executions that is what input and variables are.
        if (value.TryGetMap(out var map) && map.Count == 0)
            return EmptyMap;
        return ScratchWriter.ToUtf8(
            (Values: this, Value: value, KeepsMore: keepsMore),
            static (writer, text) => text.Values.Write(writer, text.Value, text.KeepsMore));
    }

    /// <summary>Reads stored JSON, references followed.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="InvalidDataException">What a reference names is not there.</exception>
    public Value Read(ReadOnlySpan<byte> utf8)
    {
        var value = ValueJson.Parse(utf8);
        return MayDiffer(utf8) ? Resolve(value) : value;
    }

    // Parts first: what remains around large parts is often small.
    private void WriteMeasured(Utf8JsonWriter writer, Value value)
    {
        var buffer = new ArrayBufferWriter<byte>(value.Kind == ValueKind.String ? value.Weight : 1024);
        using (var inner = new Utf8JsonWriter(buffer, ValueJson.WriterOptions))
            WriteParts(inner, value, keepsMore: true);
        if (buffer.WrittenCount > _largestInline && Keep(buffer.WrittenSpan) is { } id)
        {
            Know(value, new Reference(id, buffer.WrittenCount)).Write(writer);
        }
        else
        {
            writer.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
        }
    }

    private void WriteParts(Utf8JsonWriter writer, Value value, bool keepsMore)
    {
        if (value.TryGetList(out var list))
        {
            writer.WriteStartArray();
            foreach (var item in list)
                Write(writer, item, keepsMore);
            writer.WriteEndArray();
        }
        else if (value.TryGetMap(out var map))
        {
            if (map.TryGet(FileValue.BlobKey, out var blob) && blob.TryGetString(out var file))
                Refer(file);
            writer.WriteStartObject();
            foreach (var entry in map.Entries)
            {
                writer.WritePropertyName(Escape(entry.Key.AsString()));
                Write(writer, entry.Value, keepsMore);
            }
            writer.WriteEndObject();
        }
        else
        {
            ValueJson.Write(writer, value);
        }
    }

    private void AddReferences(Value value, ICollection<string> ids)
    {
        if (value.TryGetList(out var list))
        {
            foreach (var item in list)
                AddReferences(item, ids);
        }
        else if (value.TryGetMap(out var map))
        {
            if (map.TryGet(ReferenceKey, out var id))
                AddReference(id.AsString(), ids);
            else
                foreach (var entry in map.Entries)
                    AddReferences(entry.Value, ids);
        }
    }

    private void AddReference(string id, ICollection<string> ids)
    {
        if (_read is { } known && known.TryGetValue(id, out var remembered) && remembered.TryGetTarget(out var held))
            (_held ??= []).Add(held);
        else
            ids.Add(id);
    }

    private Value Resolve(Value value)
    {
        if (value.TryGetList(out var list))
            return ListValue.Create(((IEnumerable<Value>)list).Select(Resolve));
        if (!value.TryGetMap(out var map))
            return value;
        if (map.TryGet(ReferenceKey, out var id))
            return Follow(id.AsString());
        var builder = new MapBuilder();
        foreach (var entry in map.Entries)
            builder.Set(Unescape(entry.Key.AsString()), Resolve(entry.Value));
        return builder.Build();
    }

    private Value Follow(string id)
    {
        if (_read is { } known && known.TryGetValue(id, out var remembered) && remembered.TryGetTarget(out var held))
            return held is string text ? text : (HeapValue)held;
        var utf8 = Fetch(id);
        var value = Read(utf8.Span);
        Know(value, new Reference(id, utf8.Length));
        if (Identity(value) is { } identity)
            (_read ??= new(StringComparer.Ordinal))[id] = new(identity);
        return value;
    }

    private Reference Know(Value value, Reference reference)
    {
        if (Identity(value) is { } identity)
            (_known ??= []).AddOrUpdate(identity, reference);
        return reference;
    }

    private static string Escape(string key) => IsLikeReference(key) ? "$" + key : key;

    private static string Unescape(string key) => IsLikeReference(key) ? key[1..] : key;

    private static bool IsLikeReference(string key) => key is ['$', ..] && key.AsSpan().TrimStart('$') is "blob";

    private static object? Identity(Value value) => value.TryGetString(out var text) ? text : value.AsHeap();

    private sealed record Reference(string Id, int Size)
    {
        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString(ReferenceKey, Id);
            writer.WriteNumber("size", Size);
            writer.WriteEndObject();
        }
    }

    private sealed class InlineValues : StoredValues
    {
        protected override string? Keep(ReadOnlySpan<byte> utf8) => null;

        protected override ReadOnlyMemory<byte> Fetch(string id) =>
            throw new InvalidDataException($"The value is in blob '{id}', and no blob store is at hand to read it from.");
    }
}
