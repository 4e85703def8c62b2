using System.Text;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private const int MaxIntegrations = 3;

    private static StoredIntegration Integration(string name, string document = """{"baseUrl":"https://a.example.com"}""", string tenant = Sample.Tenant) =>
        new(tenant, name, new JsonText(Encoding.UTF8.GetBytes(document)), 0, default, Sample.Now, "ann");

    private static SaveIntegration Save(StoredIntegration integration, int? expected = null) => new(integration) { ExpectedVersion = expected, Most = MaxIntegrations };

    // Texts are equal by what they say.
    private static string Describe(StoredIntegration? found) => found is null ? "none" : $"{found.Tenant} {found.Name} {found.Document} v{found.Version} {found.CreatedAt:O} {found.UpdatedAt:O} {found.UpdatedBy}";

    [Fact]
    public async Task An_integration_reads_as_it_was_saved_and_counts_its_versions()
    {
        var first = Save(Integration("crm"));
        Assert.Equal(WriteOutcome.Done, Write(first));
        Assert.Equal((true, 1, "crm"), (ResultOf<CommitResult.Saved>(first).Created, ResultOf<CommitResult.Saved>(first).Version, ResourceIdOf(first)));

        var second = Save(Integration("crm", """{"baseUrl":"https://b.example.com"}""") with { UpdatedAt = Sample.Now.AddHours(1), UpdatedBy = null });
        Assert.Equal(WriteOutcome.Done, Write(second));
        Assert.Equal((false, 2), (ResultOf<CommitResult.Saved>(second).Created, ResultOf<CommitResult.Saved>(second).Version));

        await ReopenAsync();
        var expected = second.Integration with { Version = 2, CreatedAt = Sample.Now };
        Assert.Equal(Describe(expected), Describe(await Store.ReadIntegrationAsync(Sample.Tenant, "crm")));
        Assert.Equal([Describe(expected)], (await Store.ListIntegrationsAsync(Sample.Tenant)).Select(Describe));
    }

    [Fact]
    public async Task An_integration_is_saved_and_deleted_only_at_the_version_that_was_expected()
    {
        Assert.Equal(WriteOutcome.NotFound, Write(Save(Integration("crm"), expected: 1)));
        Assert.Equal(WriteOutcome.Done, Write(Save(Integration("crm"), expected: 0)));
        Assert.Equal(WriteOutcome.Conflict, Write(Save(Integration("crm"), expected: 0)));
        Assert.Equal(WriteOutcome.Conflict, Write(Save(Integration("crm"), expected: 2)));
        Assert.Equal(WriteOutcome.Done, Write(Save(Integration("crm"), expected: 1)));

        Assert.Equal(WriteOutcome.Conflict, Write(new DeleteIntegration(Sample.Tenant, "crm") { ExpectedVersion = 1 }));
        Assert.Equal(2, (await Store.ReadIntegrationAsync(Sample.Tenant, "crm"))!.Version);
        Assert.Equal(WriteOutcome.Done, Write(new DeleteIntegration(Sample.Tenant, "crm") { ExpectedVersion = 2 }));
        Assert.Equal(WriteOutcome.NotFound, Write(new DeleteIntegration(Sample.Tenant, "crm")));
        Assert.Null(await Store.ReadIntegrationAsync(Sample.Tenant, "crm"));
    }

    [Fact]
    public async Task Integrations_of_one_tenant_are_none_of_another()
    {
        Write(Save(Integration("crm")), Save(Integration("crm", "{}", Sample.OtherTenant)));

        Assert.Equal(WriteOutcome.NotFound, Write(new DeleteIntegration("third", "crm")));
        Assert.Null(await Store.ReadIntegrationAsync("third", "crm"));
        Assert.Empty(await Store.ListIntegrationsAsync("third"));
        Assert.Equal("{}", (await Store.ReadIntegrationAsync(Sample.OtherTenant, "crm"))!.Document.ToString());
        Write(new DeleteIntegration(Sample.OtherTenant, "crm"));
        Assert.Single(await Store.ListIntegrationsAsync(Sample.Tenant));
    }

    [Fact]
    public async Task A_tenant_has_only_so_many_integrations()
    {
        foreach (var name in (string[])["c", "a", "b"])
            Assert.Equal(WriteOutcome.Done, Write(Save(Integration(name))));
        Assert.Equal(WriteOutcome.Full, Write(Save(Integration("d"))));
        Assert.Equal(WriteOutcome.Done, Write(Save(Integration("c"))));
        Assert.Equal(WriteOutcome.Done, Write(Save(Integration("d", tenant: Sample.OtherTenant))));
        Assert.Equal(["a", "b", "c"], (await Store.ListIntegrationsAsync(Sample.Tenant)).Select(integration => integration.Name));
    }

    [Fact]
    public async Task A_key_saves_an_integration_once()
    {
        var key = new IdempotencyKey("integrations/crm", "k1");
        Assert.Equal(WriteOutcome.Done, Write(new SaveIntegration(Integration("crm")) { Most = MaxIntegrations, Idempotency = key }));
        var again = new SaveIntegration(Integration("crm", "{}")) { Most = MaxIntegrations, Idempotency = key };
        Assert.Equal(WriteOutcome.Duplicate, Write(again));
        Assert.Equal("crm", ResourceIdOf(again));
        Assert.Equal(1, (await Store.ReadIntegrationAsync(Sample.Tenant, "crm"))!.Version);
    }
}
