using Millrace.Core.Values;

namespace Millrace.Engine.Events;

/// <summary>An event as CloudEvents 1.0 has it.</summary>
/// <param name="Id">Unique among the events of its source.</param>
/// <param name="Source">Where it happened: a URI reference.</param>
/// <param name="Type">What happened, such as "com.example.order.placed".</param>
/// <param name="Subject">What it happened to; null: it does not say.</param>
/// <param name="Attributes">All its attributes but data, these included, by their names.</param>
/// <param name="Data">What it says; null where <paramref name="Base64"/> is.</param>
/// <param name="Base64">What it says, where that is no JSON: bytes in base64; null: <paramref name="Data"/>.</param>
public sealed record CloudEvent(string Id, string Source, string Type, string? Subject, MapValue Attributes, Value Data, string? Base64 = null)
{
    /// <summary>The only version of the format.</summary>
    public const string SpecVersion = "1.0";

    /// <summary>How many bytes of JSON an event may have.</summary>
    public const int LargestBytes = 256 * 1024;

    /// <summary>Characters of an id or a type.</summary>
    public const int MaxNameLength = 512;

    /// <summary>Characters of a source or a subject.</summary>
    public const int MaxReferenceLength = 2_048;

    /// <summary>An event of this server's own.</summary>
    public static CloudEvent Create(string id, string source, string type, string? subject, DateTimeOffset time, Value data)
    {
        var attributes = new MapBuilder().Set("specversion", SpecVersion).Set("id", id).Set("source", source).Set("type", type);
        if (subject is not null)
            attributes.Set("subject", subject);
        attributes.Set("time", time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture)).Set("datacontenttype", "application/json");
        return new(id, source, type, subject, attributes.Build(), data);
    }

    /// <summary>The event in the structured form.</summary>
    public MapValue ToValue()
    {
        var whole = new MapBuilder(Attributes);
        if (Base64 is not null)
            whole.Set("data_base64", Base64);
        else if (!Data.IsNull)
            whole.Set("data", Data);
        return whole.Build();
    }
}
