using Millrace.Engine.Models;
using Millrace.Engine.Nodes;
using Millrace.Nodes;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Code;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;

namespace Millrace.Testing.Workflows.Running;

/// <summary>The node types of a test: as they are, or with what stands in for the world around each.</summary>
internal sealed class TestNodes : IDisposable
{
    // Loopback: whoever lets calls happen in a test mostly has a server of his own there.
    private const string OwnNetworks = "127.0.0.0/8, ::1";

    private readonly OutgoingHttp _http = new(AddressGuard.Allowing(OwnNetworks));
    private readonly CodeRuntime? _code;
    private readonly Lazy<DirectoryInfo> _folder = new(() => Directory.CreateTempSubdirectory("millrace-test-"));

    public TestNodes(TestSetup setup, TestPlan plan, TimeProvider time)
    {
        var mayTouch = setup.Real.Count > 0;
        var storage = new FileStorage(mayTouch ? Path.Combine(_folder.Value.FullName, "storage") : "millrace-test-none");
        Folder = mayTouch ? _folder.Value.FullName : null;
        _code = mayTouch ? new CodeRuntime(new CodeSettings { Pool = 1 }, TimeProvider.System) : null;
        var types = BuiltInNodes.All(_http, FakedModels.Of(setup, plan, time), storage, _code).Concat(setup.Types);
        Types = new NodeRegistry(types.Select(type => new TestedNodeType(type, plan)));
    }

    public NodeRegistry Types { get; }

    /// <summary>A folder that goes with the test; null: nothing may be kept.</summary>
    public string? Folder { get; }

    /// <summary>The types as they are, to read documents with; nothing is run with them.</summary>
    public static NodeRegistry Plain(IEnumerable<NodeType> own)
    {
        using var http = new OutgoingHttp(AddressGuard.PublicOnly);
        return Registry(
            [
                .. BuiltInNodes.All(
                    http, new ModelSettings().CreateProviders(TimeProvider.System), new FileStorage("millrace-test-none")),
                .. own,
            ]);
    }

    public void Dispose()
    {
        _code?.Dispose();
        _http.Dispose();
        if (_folder.IsValueCreated)
            _folder.Value.Delete(recursive: true);
    }

    private static NodeRegistry Registry(IReadOnlyList<NodeType> types)
    {
        var taken = new Dictionary<string, NodeType>(StringComparer.OrdinalIgnoreCase);
        foreach (var type in types)
        {
            foreach (var name in type.Names.Where(name => !taken.TryAdd(NodeRegistry.Normalize(name), type)))
                throw new WorkflowTestException($"Two node types of this test are called '{name}'. Give yours another name.");
        }
        return new NodeRegistry(types);
    }
}
