using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;

namespace Millrace.Engine.Workers;

/// <summary>The node types of a tenant: those of the process, and those that its workers have registered.</summary>
/// <param name="own">Those of the process.</param>
/// <param name="registered">Those of workers, by their keys. They go first: a type that a newer program brings does not take the place of one that is in use.</param>
/// <param name="isSaved">Whether they are for workflows that are saved already, to which later registrations do nothing.</param>
internal sealed class TenantNodeTypes(NodeRegistry own, ImmutableDictionary<string, WorkerNodeType> registered, bool isSaved) : INodeCompiler
{
    private readonly Lazy<IReadOnlyList<NodeTypeDescription>> _all = new(() =>
        [
            .. own.All
                .Where(type => !registered.ContainsKey(WorkerTypes.KeyOf(type.Type)))
                .Concat(registered.Values.Select(type => type.Description))
                .OrderBy(type => type.Type, StringComparer.OrdinalIgnoreCase),
        ]);

    /// <inheritdoc/>
    public IReadOnlyList<NodeTypeDescription> All => _all.Value;

    /// <inheritdoc/>
    public bool AreForSaved => isSaved;

    /// <inheritdoc/>
    public NodeTypeDescription? Find(string type) => FindRegistered(type) is { } found ? isSaved ? found.SavedDescription : found.Description : own.Find(type);

    /// <inheritdoc/>
    public NodeLogic? Compile(NodeDefinition node, ICollection<Problem> problems) =>
        FindRegistered(node.Type) is { } type ? type.Compile(node, this, problems) : own.Compile(node, this, problems);

    private WorkerNodeType? FindRegistered(string type) => registered.GetValueOrDefault(WorkerTypes.KeyOf(type));
}
