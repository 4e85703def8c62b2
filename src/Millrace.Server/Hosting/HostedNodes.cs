using Millrace.Engine.Nodes;
using Millrace.Engine.Integrations;
using Millrace.Nodes;
using Millrace.Nodes.Code;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Nodes.Integration.Services;
using Millrace.Server.Configuration;
using Millrace.Server.Plugins;

namespace Millrace.Server.Hosting;

/// <summary>The node types that workflows may use, with what they need from the settings: here, and wherever a workflow runs without a server.</summary>
internal sealed class HostedNodes : IDisposable
{
    private readonly OutgoingHttp _http;
    private readonly CodeRuntime _code;

    /// <param name="settings">The settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="integrations">Finds an integration that is stored; null: none are.</param>
    /// <param name="around">Puts something around each type; null: nothing.</param>
    /// <exception cref="PluginException">A plug-in cannot be used; the message says which, and why.</exception>
    public HostedNodes(ServerSettings settings, TimeProvider time, FindIntegration? integrations = null, Func<NodeType, NodeType>? around = null)
    {
        _http = new OutgoingHttp(settings.OutgoingAddresses, settings.OutgoingProxy);
        _code = new CodeRuntime(settings.Code, time);
        Integrations = new IntegrationDirectory(integrations, settings.Services);
        var types = BuiltInNodes.All(
            _http,
            settings.Models.CreateProviders(time),
            new FileStorage(Path.Combine(settings.DataDirectory, "storage")),
            _code,
            settings.Services,
            settings.S3,
            Integrations);
        Plugins = [.. PluginLoader.Load(settings.PluginsDirectory, types)];
        IEnumerable<NodeType> all = [.. types, .. Plugins];
        Types = new NodeRegistry(around is null ? all : all.Select(around));
    }

    public IntegrationDirectory Integrations { get; }

    public NodeRegistry Types { get; }

    /// <summary>Those among them that plug-ins add.</summary>
    public NodeType[] Plugins { get; }

    public void Dispose()
    {
        _code.Dispose();
        _http.Dispose();
    }
}
