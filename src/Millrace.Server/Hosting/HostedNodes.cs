using Millrace.Engine.Nodes;
using Millrace.Nodes;
using Millrace.Nodes.Code;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Server.Configuration;
using Millrace.Server.Plugins;

namespace Millrace.Server.Hosting;

/// <summary>The node types that workflows may use, with what they need from the settings: here, and wherever a workflow runs without a server.</summary>
internal sealed class HostedNodes : IDisposable
{
    private readonly OutgoingHttp _http;
    private readonly CodeRuntime _code;

    /// <exception cref="PluginException">A plug-in cannot be used; the message says which, and why.</exception>
    public HostedNodes(ServerSettings settings, TimeProvider time, Func<NodeType, NodeType>? around = null)
    {
        _http = new OutgoingHttp(settings.OutgoingAddresses, settings.OutgoingProxy);
        _code = new CodeRuntime(settings.Code, time);
        var types = BuiltInNodes.All(_http, settings.Models.CreateProviders(time), new FileStorage(Path.Combine(settings.DataDirectory, "storage")), _code, settings.Services, settings.S3);
        IEnumerable<NodeType> all = [.. types, .. PluginLoader.Load(settings.PluginsDirectory, types)];
        Types = new NodeRegistry(around is null ? all : all.Select(around));
    }

    public NodeRegistry Types { get; }

    public void Dispose()
    {
        _code.Dispose();
        _http.Dispose();
    }
}
