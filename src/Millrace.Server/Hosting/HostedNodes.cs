using Millrace.Engine.Nodes;
using Millrace.Nodes;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Server.Configuration;
using Millrace.Server.Plugins;

namespace Millrace.Server.Hosting;

/// <summary>The node types that workflows may use, with what they need from the settings: here, and wherever a workflow runs without a server.</summary>
internal sealed class HostedNodes : IDisposable
{
    private readonly OutgoingHttp _http;

    /// <exception cref="PluginException">A plug-in cannot be used; the message says which, and why.</exception>
    public HostedNodes(ServerSettings settings, TimeProvider time, Func<NodeType, NodeType>? around = null)
    {
        _http = new OutgoingHttp(settings.OutgoingAddresses);
        var types = BuiltInNodes.All(_http, settings.Models.CreateProviders(time), new FileStorage(Path.Combine(settings.DataDirectory, "storage")), settings.Services);
        IEnumerable<NodeType> all = [.. types, .. PluginLoader.Load(settings.PluginsDirectory, types)];
        Types = new NodeRegistry(around is null ? all : all.Select(around));
    }

    public NodeRegistry Types { get; }

    public void Dispose() => _http.Dispose();
}
