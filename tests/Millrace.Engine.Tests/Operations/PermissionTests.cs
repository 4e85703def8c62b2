using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Millrace.Core.Values;
using Millrace.Engine.Integrations;
using Millrace.Engine.Nodes;
using Millrace.Engine.Operations;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;
using Millrace.Engine.Waits;
using Millrace.Storage.Sqlite;

namespace Millrace.Engine.Tests.Operations;

/// <summary>Operations are safe whatever transport leads to them: each checks the caller itself.</summary>
public sealed class PermissionTests : IAsyncLifetime
{
    private static readonly Caller Nobody = new("acme", null, PermissionSet.None);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-operations-");
    private SqliteStore _store = null!;
    private MillraceEngine _engine = null!;
    private Draining _draining = null!;
    private EngineOperations _operations = null!;

    public static TheoryData<string, string> Methods()
    {
        var methods = new TheoryData<string, string>();
        foreach (var capability in typeof(EngineOperations).GetProperties())
        {
            foreach (var method in MethodsOf(capability))
                methods.Add(capability.Name, method.Name);
        }
        return methods;
    }

    public ValueTask InitializeAsync()
    {
        _store = SqliteStore.Open(new SqliteStoreOptions(_directory.FullName));
        _draining = new Draining();
        _engine = MillraceEngine.Open(new EngineSetup
        {
            Store = _store,
            Nodes = new NodeRegistry([]),
            Time = TimeProvider.System,
            Secrets = new SecretSetup(new SecretKeyFile(Path.Combine(_directory.FullName, "secrets.key")), ConfiguredSecrets.None),
            Integrations = new IntegrationSetup(ImmutableSortedDictionary<string, MapValue>.Empty, document => new IntegrationReading(document, [])),
        });
        _operations = new EngineOperations(_engine, SignedLinks.Open(Path.Combine(_directory.FullName, "links.key")), _draining);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _store.DisposeAsync();
        _draining.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_caller_without_permissions_is_refused(string capability, string method)
    {
        var property = typeof(EngineOperations).GetProperty(capability)!;
        foreach (var overload in MethodsOf(property).Where(one => one.Name == method))
        {
            var arguments = overload.GetParameters().Select(parameter => Any(parameter.ParameterType)).ToArray();
            var answer = await ResultOf(overload.Invoke(property.GetValue(_operations), arguments)!);
            var refusal = answer as Refusal ?? answer.GetType().GetProperty("Reason")?.GetValue(answer);
            Assert.Equal("forbidden", Assert.IsType<Refusal.Forbidden>(refusal).Code);
        }
    }

    [Fact]
    public void Operations_are_found() => Assert.InRange(Methods().Count, 40, 200);

    [Theory]
    [InlineData("viewer", Permission.ViewExecutions, true)]
    [InlineData("viewer", Permission.RunWorkflows, false)]
    [InlineData("Operator", Permission.RunWorkflows, true)]
    [InlineData("operator", Permission.WorkOnTasks, false)]
    [InlineData("editor", Permission.WorkOnTasks, true)]
    [InlineData("editor", Permission.AnswerForOthers, false)]
    [InlineData("admin", Permission.AnswerForOthers, true)]
    public void A_role_is_a_named_set_of_permissions(string role, Permission permission, bool has) =>
        Assert.Equal(has, Role.Find(role)!.Permissions.Has(permission));

    [Fact]
    public void Nothing_takes_more_than_an_administrator_has() =>
        Assert.All(Enum.GetValues<Permission>(), permission => Assert.True(Role.Admin.Permissions.Has(permission)));

    private static IEnumerable<MethodInfo> MethodsOf(PropertyInfo capability) => capability.PropertyType
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(Caller));

    // The caller comes first: whatever else there is, is not looked at.
    private static object? Any(Type type)
    {
        if (type == typeof(Caller))
            return Nobody;
        if (type == typeof(string))
            return "x";
        if (type == typeof(MapValue))
            return MapValue.Empty;
        return type.IsInterface || Nullable.GetUnderlyingType(type) is not null ? null : RuntimeHelpers.GetUninitializedObject(type);
    }

    private static async Task<object> ResultOf(object returned)
    {
        if (returned is Refusal)
            return returned;
        var task = (Task)returned.GetType().GetMethod("AsTask")!.Invoke(returned, null)!;
        await task;
        return task.GetType().GetProperty("Result")!.GetValue(task)!;
    }
}
