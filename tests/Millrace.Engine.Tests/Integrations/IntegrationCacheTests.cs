using Millrace.Engine.Integrations;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;
using Millrace.Testing.Time;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Integrations;

public sealed class IntegrationCacheTests
{
    [Fact]
    public async Task An_integration_is_read_once_until_some_node_of_the_cluster_changes_it()
    {
        var data = new MemoryStoreData();
        var here = new CountingStore(MemoryStore.Join(data));
        var elsewhere = MemoryStore.Join(data);
        var find = IntegrationCache.Over(here, new VirtualTime());
        elsewhere.Write(Save("1"));

        Assert.Equal("1", (await find("acme", "crm", CancellationToken.None))!.Document.ToString());
        Assert.Equal("1", (await find("acme", "crm", CancellationToken.None))!.Document.ToString());
        Assert.Equal(1, here.Reads);

        elsewhere.Write(Save("2"));
        Assert.Equal("2", (await find("acme", "crm", CancellationToken.None))!.Document.ToString());
        elsewhere.Write(new DeleteIntegration("acme", "crm"));
        Assert.Null(await find("acme", "crm", CancellationToken.None));
        Assert.Equal(3, here.Reads);
    }

    private static SaveIntegration Save(string document) =>
        new(new StoredIntegration("acme", "crm", new JsonText(System.Text.Encoding.UTF8.GetBytes(document)), 0, default, default, null)) { Most = 10 };

    private sealed class CountingStore(IStore inner) : StoreDecorator(inner)
    {
        public int Reads { get; private set; }

        public override ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default)
        {
            Reads++;
            return base.ReadIntegrationAsync(tenant, name, cancellation);
        }
    }
}
