using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static StoredSecret Secret(string name, string encrypted = "AAAA", string tenant = Sample.Tenant) => new(tenant, name, "k1", encrypted, Sample.Now, "ann");

    [Fact]
    public async Task Secrets_are_listed_by_name_as_they_were_stored()
    {
        Write(new PutSecret(Secret("b")), new PutSecret(Secret("a") with { UpdatedBy = null }));

        Assert.Equal([Secret("a") with { UpdatedBy = null }, Secret("b")], await Store.ListSecretsAsync(Sample.Tenant));
    }

    [Fact]
    public async Task A_secret_stored_again_has_the_new_value()
    {
        Write(new PutSecret(Secret("a")));
        var later = Secret("a", "BBBB") with { KeyId = "k2", UpdatedAt = Sample.Now.AddDays(1), UpdatedBy = "bob" };

        Assert.Equal(WriteOutcome.Done, Write(new PutSecret(later)));

        Assert.Equal([later], await Store.ListSecretsAsync(Sample.Tenant));
    }

    [Fact]
    public async Task A_secret_keeps_its_hosts_only_where_it_is_to()
    {
        Write(new PutSecret(Secret("a") with { Hosts = "api.example.com" }));

        Write(new PutSecret(Secret("a", "BBBB") with { Hosts = "" }) { KeepsHosts = true });
        Assert.Equal([Secret("a", "BBBB") with { Hosts = "api.example.com" }], await Store.ListSecretsAsync(Sample.Tenant));

        Write(new PutSecret(Secret("a", "CCCC") with { Hosts = "*.example.com b.example.com" }));
        Assert.Equal([Secret("a", "CCCC") with { Hosts = "*.example.com b.example.com" }], await Store.ListSecretsAsync(Sample.Tenant));

        Write(new PutSecret(Secret("new") with { Hosts = "c.example.com" }) { KeepsHosts = true });
        await ReopenAsync();
        Assert.Equal(["*.example.com b.example.com", "c.example.com"], (await Store.ListSecretsAsync(Sample.Tenant)).Select(secret => secret.Hosts));
    }

    [Fact]
    public async Task A_deleted_secret_is_gone_once()
    {
        Write(new PutSecret(Secret("a")));

        Assert.Equal(WriteOutcome.Done, Write(new DeleteSecret(Sample.Tenant, "a")));
        Assert.Equal(WriteOutcome.NotFound, Write(new DeleteSecret(Sample.Tenant, "a")));
        Assert.Empty(await Store.ListSecretsAsync(Sample.Tenant));
    }

    [Fact]
    public async Task Secrets_of_one_tenant_are_none_of_another()
    {
        Write(new PutSecret(Secret("a")), new PutSecret(Secret("a", "CCCC", Sample.OtherTenant)));

        Assert.Equal(WriteOutcome.NotFound, Write(new DeleteSecret("third", "a")));
        Assert.Equal(["AAAA"], (await Store.ListSecretsAsync(Sample.Tenant)).Select(secret => secret.Encrypted));
        Assert.Equal(["CCCC"], (await Store.ListSecretsAsync(Sample.OtherTenant)).Select(secret => secret.Encrypted));
    }

    [Fact]
    public async Task Secrets_outlive_the_process()
    {
        Write(new PutSecret(Secret("a")));

        await ReopenAsync();

        Assert.Equal([Secret("a")], await Store.ListSecretsAsync(Sample.Tenant));
    }
}
