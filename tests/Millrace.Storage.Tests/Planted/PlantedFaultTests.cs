using System.Reflection;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Tests.Conformance;
using Millrace.Storage.Tests.Sqlite;
using Millrace.Testing.Storage;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Planted;

/// <summary>The conformance suite is proven: a store that breaks a promise does not pass it.</summary>
public sealed class PlantedFaultTests
{
    public static TheoryData<PlantedFault> Faults => [.. Enum.GetValues<PlantedFault>()];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_store_with_a_fault_fails_the_suite(PlantedFault fault)
    {
        foreach (var fact in FactsOf(typeof(StoreConformance)))
        {
            if (!await PassesAsync(fact, new PlantedConformance(fault)))
                return;
        }
        foreach (var fact in FactsOf(typeof(SharedStoreConformance)))
        {
            if (!await PassesAsync(fact, new PlantedSharedConformance(fault)))
                return;
        }
        Assert.Fail($"A store that {fault} passes every test of the suite.");
    }

    private static IEnumerable<MethodInfo> FactsOf(Type suite) => suite.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.GetCustomAttribute<FactAttribute>() is not null && method.GetParameters().Length == 0)
        .OrderBy(method => method.Name, StringComparer.Ordinal);

    private static async Task<bool> PassesAsync(MethodInfo fact, StoreConformance suite)
    {
        await suite.InitializeAsync();
        try
        {
            if (fact.Invoke(suite, null) is Task task)
                await task;
            return true;
        }
        // Whatever a test fails with: an assertion, or what the fault makes of its next step.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
        finally
        {
            await suite.DisposeAsync();
        }
    }

    private sealed class PlantedSharedConformance(PlantedFault fault) : SharedStoreConformance
    {
        private readonly MemoryStoreData _data = new();

        protected override IStore Open() => new PlantedStore(MemoryStore.Open(_data), fault);

        protected override IStore OpenAfterCrash() => Open();

        protected override IStore Join()
        {
            var store = MemoryStore.Join(_data);
            for (var epoch = 1L; epoch < store.Ownership.Epoch && fault == PlantedFault.TakesFromTheLiving; epoch++)
                store.Write(new EndEpoch(epoch));
            return new PlantedStore(store, fault);
        }

        protected override ValueTask RemoveAsync() => ValueTask.CompletedTask;
    }

    private sealed class PlantedConformance(PlantedFault fault) : StoreConformance
    {
        private readonly TemporaryDirectory _directory = new();

        protected override IStore Open() => new PlantedStore(SqliteStore.Open(new SqliteStoreOptions(_directory.At("data"))), fault);

        protected override IStore OpenAfterCrash()
        {
            var copy = _directory.CopyOfOpen("data", "crashed");
            return new PlantedStore(SqliteStore.Open(new SqliteStoreOptions(copy)), fault);
        }

        protected override ValueTask RemoveAsync()
        {
            _directory.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
