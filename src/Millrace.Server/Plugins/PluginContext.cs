using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.Loader;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Server.Plugins;

/// <summary>
/// Where one plug-in and the libraries beside it live, apart from those of others. What the node contract is made of is the server's own,
/// whatever lies in the folder: else the plug-in's node types would be none of the server's.
/// </summary>
internal sealed class PluginContext(string name, string folder) : AssemblyLoadContext(name)
{
    private static readonly FrozenSet<string> Shared = new[] { typeof(NodeType).Assembly, typeof(Value).Assembly }
        .SelectMany(assembly => assembly.GetReferencedAssemblies().Append(assembly.GetName()))
        .Select(assembly => assembly.Name!)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } library || Shared.Contains(library) || library.StartsWith("Millrace.", StringComparison.OrdinalIgnoreCase) || library.AsSpan().ContainsAny('/', '\\'))
            return null;
        var file = new FileInfo(Path.Combine(folder, library + ".dll"));
        return file is { Exists: true, LinkTarget: null } ? LoadFromAssemblyPath(file.FullName) : null;
    }
}
