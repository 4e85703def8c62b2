using System.Reflection;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Millrace.Architecture.Tests;

/// <summary>Who may speak to the store: operations, stores and the engine's own parts. Everything above asks operations.</summary>
public sealed class StoreAccessTests
{
    private const string Storage = "Millrace.Engine.Storage.";
    private const string Store = Storage + "IStore";
    private const string Reads = Storage + "Reads.";

    private static readonly string[] Above = ["Millrace.Server", "Millrace.Nodes", "millrace"];

    // Why each of them still may. The list only gets shorter.
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["Millrace.Server.Hosting.EngineHost"] = "opens the store and hands it to the engine",
        ["Millrace.Cli.CrashTesting.FaultInjectingStore"] = "is a store: one that dies at a chosen point",
        ["Millrace.Cli.CrashTesting.EngineLife"] = "puts the store that dies around the real one",
    };

    [Fact]
    public void Only_operations_stores_and_the_engine_touch_the_store()
    {
        var users = Users();
        Assert.Empty(users.Except(Exceptions.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_exception_is_still_needed() => Assert.Empty(Exceptions.Keys.Except(Users(), StringComparer.Ordinal));

    [Fact]
    public void The_engine_s_own_users_are_found() =>
        Assert.Contains("Millrace.Engine.Operations.Executions.ExecutionReads", UsersIn(["Millrace.Engine"]));

    private static HashSet<string> Users() => UsersIn(Above);

    private static HashSet<string> UsersIn(string[] assemblies)
    {
        var architecture = new ArchLoader().LoadAssemblies([.. assemblies.Select(System.Reflection.Assembly.Load)]).Build();
        return architecture.Types
            .Where(type => type.Dependencies.Any(dependency => IsOfStore(dependency.Target)))
            .Select(OutermostName)
            .Where(name => !name.StartsWith(Storage, StringComparison.Ordinal))
            .ToHashSet(StringComparer.Ordinal);
    }

    // The store, and its reads by capability.
    private static bool IsOfStore(IType type) => string.Equals(type.FullName, Store, StringComparison.Ordinal)
        || (type is Interface && type.FullName.StartsWith(Reads, StringComparison.Ordinal));

    // What the compiler makes of anonymous and async methods belongs to the class that they are written in.
    private static string OutermostName(IType type)
    {
        var end = type.FullName.IndexOfAny(['+', '/']);
        return end < 0 ? type.FullName : type.FullName[..end];
    }
}
