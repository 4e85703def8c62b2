using System.Collections.Immutable;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Remembers which execution refers to which blobs.</summary>
internal sealed class BlobReferenceWriter(Connection connection)
{
    private readonly Statement _insert = connection.Prepare(
        "insert into blob_references (execution_id, blob_id) values (?, ?) on conflict do nothing");

    public void Add(string executionId, ImmutableArray<string> blobs)
    {
        foreach (var blob in blobs)
            _insert.Bind(executionId).Bind(blob).Run();
    }
}
