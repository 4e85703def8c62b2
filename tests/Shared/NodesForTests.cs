using Millrace.Engine.Nodes;
using Millrace.Nodes;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;

namespace Millrace.Tests;

/// <summary>The built-in node types, for tests that do not keep files.</summary>
internal static class NodesForTests
{
    public static IReadOnlyList<NodeType> All(OutgoingHttp http) =>
        BuiltInNodes.All(http, new ModelSettings().CreateProviders(TimeProvider.System), new FileStorage(Path.Combine(Path.GetTempPath(), "millrace-no-storage")));
}
