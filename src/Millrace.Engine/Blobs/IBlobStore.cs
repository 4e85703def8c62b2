using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Blobs;

/// <summary>
/// Where large values lie. What is put is found by an id that only its tenant and its content make, so the same content is stored
/// once for each tenant, and nobody can tell whether another tenant has it. Which execution refers to which blob is in the
/// <see cref="IStore"/>; a blob that none refers to may be deleted once it has not been put for a while.
/// </summary>
public interface IBlobStore
{
    /// <summary>The most bytes of a value's JSON that stay where the value is: what is larger lies here.</summary>
    int LargestInline => StoredValues.LargestInline;

    /// <summary>Stores content; it is durable when this ends. What is there already counts as put again.</summary>
    /// <param name="id">What <see cref="BlobId.Of"/> makes of its tenant and the content.</param>
    /// <param name="content">The content.</param>
    /// <param name="cancellation">Gives up; whether it is stored is then unknown.</param>
    /// <exception cref="StoreException">It cannot be written; the message says what to do.</exception>
    ValueTask PutAsync(string id, ReadOnlyMemory<byte> content, CancellationToken cancellation = default);

    /// <summary>The content of a blob; null where there is none by this id.</summary>
    /// <exception cref="InvalidDataException">The content is not what it was, or another tenant's.</exception>
    /// <exception cref="StoreException">It cannot be read; the message says what to do.</exception>
    ValueTask<byte[]?> GetAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>Stores a file that comes piece by piece; it is on disk when this returns.</summary>
    /// <param name="tenant">The tenant whose data to use.</param>
    /// <param name="head">What it says about itself.</param>
    /// <param name="content">Its bytes; how reading them fails is not changed.</param>
    /// <param name="limit">How many bytes it may have.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <returns>Its id and how many bytes it has; null: more than it may, and nothing is stored.</returns>
    /// <exception cref="StoreException">It cannot be written; the message says what to do.</exception>
    Task<(string Id, long Size)?> PutFileAsync(string tenant, FileHead head, Stream content, long limit, CancellationToken cancellation);

    /// <summary>A stored file; null where this tenant has none by this id.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="StoreException">It cannot be read; the message says what to do.</exception>
    OpenedFile? OpenFile(string tenant, string id);

    /// <summary>Lets a file count as put now. False: this tenant has none by this id.</summary>
    /// <exception cref="StoreException">It cannot be looked at; the message says what to do.</exception>
    ValueTask<bool> KeepFileAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>The ids of all blobs that were last put before a time.</summary>
    /// <exception cref="StoreException">They cannot be listed; the message says what to do.</exception>
    IEnumerable<string> PutBefore(DateTimeOffset time);

    /// <summary>
    /// Deletes a blob, unless it was put at or after a time: whoever put it then may not have committed his reference yet.
    /// </summary>
    /// <returns>Whether it was deleted.</returns>
    /// <exception cref="StoreException">It cannot be deleted; the message says what to do.</exception>
    bool Delete(string id, DateTimeOffset unlessPutSince);
}
