namespace Millrace.Engine.Nodes;

/// <summary>What an assembly of custom node types brings. It is named by the assembly itself: <see cref="NodePluginAttribute"/>.</summary>
public interface INodePlugin
{
    /// <summary>Its node types. Read once, when the server starts.</summary>
    IEnumerable<NodeType> NodeTypes { get; }
}

/// <summary>Says which class of an assembly brings its node types: <c>[assembly: NodePlugin(typeof(MyNodes))]</c>.</summary>
/// <param name="plugin">A public class with a parameterless constructor that implements <see cref="INodePlugin"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class NodePluginAttribute(Type plugin) : Attribute
{
    /// <summary>The class that provides the node types.</summary>
    public Type Plugin { get; } = plugin;
}
