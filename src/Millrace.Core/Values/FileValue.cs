namespace Millrace.Core.Values;

/// <summary>
/// A file that an effect has stored, as values carry it: <c>{"blob": id, "name"?: text, "mediaType": text, "size": bytes}</c>. Whatever
/// execution
/// writes such a value down refers to the file, so that it is kept for as long as the execution is.
/// </summary>
/// <param name="Blob">What it is found by.</param>
/// <param name="MediaType">What it is, such as "image/png".</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Name">What it is called; null: nothing.</param>
public sealed record FileValue(string Blob, string MediaType, long Size, string? Name = null)
{
    /// <summary>The field with the id.</summary>
    public const string BlobKey = "blob";

    /// <summary>The value that stands for the file.</summary>
    public Value ToValue()
    {
        var file = new MapBuilder().Set(BlobKey, Blob);
        if (Name is not null)
            file.Set("name", Name);
        return file.Set("mediaType", MediaType).Set("size", Size).Build();
    }

    /// <summary>Reads a value that stands for a file; null where it is something else.</summary>
    public static FileValue? TryRead(Value value) =>
        value.TryGetMap(out _)
            && value[BlobKey].TryGetString(out var blob)
            && value["mediaType"].TryGetString(out var mediaType)
            && value["size"].TryGetInt(out var size)
            ? new FileValue(blob, mediaType, size, value["name"].TryGetString(out var name) ? name : null)
            : null;
}
