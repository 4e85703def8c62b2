using System.Reflection;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Server.Plugins;

/// <summary>
/// Loads custom node types: NAME/NAME.dll in the plug-ins' directory, for every folder in it. All are looked at, so that every problem is
/// told at once.
/// </summary>
internal sealed class PluginLoader
{
    private readonly Dictionary<string, string> _owners = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<NodeType> _types = [];
    private readonly List<string> _problems = [];

    private PluginLoader(IEnumerable<NodeType> builtIn)
    {
        foreach (var name in builtIn.SelectMany(type => type.Names))
            _owners[NodeRegistry.Normalize(name)] = "Millrace itself";
    }

    /// <summary>The types of all plug-ins; none where there is no such directory.</summary>
    /// <param name="directory">The plug-ins' directory; null: there are none.</param>
    /// <param name="builtIn">The types whose names are taken.</param>
    /// <exception cref="PluginException">Some cannot be used.</exception>
    public static IReadOnlyList<NodeType> Load(string? directory, IEnumerable<NodeType> builtIn)
    {
        if (directory is null || !Directory.Exists(directory))
            return [];
        var loader = new PluginLoader(builtIn);
        foreach (var folder in new DirectoryInfo(directory).GetDirectories().OrderBy(folder => folder.Name, StringComparer.Ordinal))
            loader.Add(folder);
        return loader._problems.Count == 0 ? loader._types : throw new PluginException([.. loader._problems]);
    }

    private void Add(DirectoryInfo folder)
    {
        var file = new FileInfo(Path.Combine(folder.FullName, folder.Name + ".dll"));
        try
        {
            if (folder.LinkTarget is not null || file.LinkTarget is not null)
                Refuse(file, "it is a link, and links are not followed. Copy the folder here");
            else if (!file.Exists)
                Refuse(file, "it is missing. A plug-in is a folder with an assembly of the same name in it");
            else if (TypesOf(new PluginContext(folder.Name, folder.FullName).LoadFromAssemblyPath(file.FullName), file) is { } types)
                Add(types, file);
        }
        catch (BadImageFormatException)
        {
            Refuse(file, "it is not a .NET assembly for this kind of machine");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Its own code runs here, and may throw anything; inside is why.
            var reason = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            Refuse(file, $"loading it failed: {reason.GetType().Name}: {reason.Message.TrimEnd('.')}");
        }
    }

    // The attribute is the assembly's own word: no type is looked for by a name.
    private List<NodeType>? TypesOf(Assembly assembly, FileInfo file)
    {
        if (VersionProblem(assembly) is { } problem)
            return Refuse(file, problem);
        if (assembly.GetCustomAttribute<NodePluginAttribute>() is not { } attribute)
            return Refuse(file, "it does not name the class of its node types. Add [assembly: NodePlugin(typeof(YourNodes))]");
        if (attribute.Plugin.Assembly != assembly || !attribute.Plugin.IsAssignableTo(typeof(INodePlugin)) || attribute.Plugin.GetConstructor(Type.EmptyTypes) is null)
            return Refuse(file, $"its class {attribute.Plugin.Name} must be declared in the plug-in itself, implement {nameof(INodePlugin)}, and have a public constructor without parameters");
        return [.. ((INodePlugin)attribute.Plugin.GetConstructor(Type.EmptyTypes)!.Invoke(null)).NodeTypes];
    }

    // As with any library before 1.0, the second number is the one that counts.
    private static string? VersionProblem(Assembly assembly)
    {
        var references = assembly.GetReferencedAssemblies();
        foreach (var own in (Assembly[])[typeof(NodeType).Assembly, typeof(Value).Assembly])
        {
            var (name, version) = (own.GetName().Name, own.GetName().Version!);
            var built = Array.Find(references, reference => string.Equals(reference.Name, name, StringComparison.Ordinal))?.Version;
            if (built is not null && (built.Major != version.Major || built.Minor != version.Minor || built > version))
                return $"it is built against {name} {built.ToString(3)}, but this server has {version.ToString(3)}. Rebuild it with this server's assemblies";
        }
        return null;
    }

    private void Add(List<NodeType> types, FileInfo file)
    {
        foreach (var type in types)
        {
            // Made now, because a config record that cannot be described is a mistake to be told here.
            var description = type.Description;
            foreach (var name in description.Aliases.Prepend(description.Type))
            {
                if (!_owners.TryAdd(NodeRegistry.Normalize(name), file.Name))
                    Refuse(file, $"its node type '{name}' has a name that {_owners[NodeRegistry.Normalize(name)]} already uses. Choose another");
            }
            _types.Add(type);
        }
    }

    private List<NodeType>? Refuse(FileInfo file, string why)
    {
        _problems.Add($"The plug-in {file.FullName} cannot be used: {why}. Or remove its folder.");
        return null;
    }
}
