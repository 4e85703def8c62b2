using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions.Validation.Flow;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>What every check works with: the definition, where its parts were authored, and the list of problems.</summary>
internal sealed class Checking
{
    private readonly Value? _document;
    private readonly INodeCatalog _catalog;
    private readonly Dictionary<string, NodeTypeDescription?> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeTypeDescription, Schema?> _schemas = [];
    private readonly Dictionary<string, Checking> _definedBy = new(StringComparer.Ordinal);
    private Dictionary<object, int>? _places;
    private bool? _isWhole;
    private bool _isAnalysed;
    private FlowAnalysis? _flow;

    public Checking(WorkflowDefinition definition, Value? document, INodeCatalog catalog)
    {
        Definition = definition;
        _document = document;
        _catalog = catalog;
        Graph = new NodeGraph(definition.Nodes, definition.Edges);
        Problems = new ProblemList();
        Root = new SourcePointer("");
    }

    /// <summary>Checks the graph inside a node of <paramref name="outer"/>.</summary>
    public Checking(WorkflowDefinition body, SourcePointer at, Checking outer, int owner)
        : this(body, outer._document, outer._catalog)
    {
        Outer = (outer, owner);
        Problems = outer.Problems;
        Asked = outer.Asked;
        Root = at;
        _definedBy = outer._definedBy;
    }

    /// <summary>Whether the graph is known well enough to be judged as a whole.</summary>
    public bool IsWhole => _isWhole ??= Wholeness.Of(this);

    /// <summary>
    /// Which nodes expressions ask about, whether they have run: those of one node, or, where they decide the way, for all.
    /// </summary>
    public HashSet<(string? Asking, string About)> Asked { get; } = [];

    /// <summary>Where the graph stands.</summary>
    public SourcePointer Root { get; }

    /// <summary>The graph around this one, and the node there that holds it.</summary>
    public (Checking Checking, int Owner)? Outer { get; }

    /// <summary>What can be proved about the ways through the graph; null where it is not known well enough.</summary>
    public FlowAnalysis? Flow
    {
        get
        {
            if (!_isAnalysed)
                (_isAnalysed, _flow) = (true, FlowAnalysis.Of(this));
            return _flow;
        }
    }

    public WorkflowDefinition Definition { get; }

    public NodeGraph Graph { get; }

    public ProblemList Problems { get; }

    /// <summary>Makes the ids of this graph's nodes known everywhere; the first of two nodes has the id.</summary>
    public void DefineNodes()
    {
        foreach (var node in Definition.Nodes)
            _definedBy.TryAdd(node.Id, this);
    }

    /// <summary>Whether this graph is the first to have a node of that id.</summary>
    public bool Defines(string id) => ReferenceEquals(_definedBy.GetValueOrDefault(id), this);

    /// <summary>The node here or around in whose body, at whatever depth, another stands; null where that is no node of a body.</summary>
    public NodeDefinition? HolderOf(string id)
    {
        for (var graph = _definedBy.GetValueOrDefault(id)?.Outer; graph is { } outer; graph = outer.Checking.Outer)
        {
            for (var here = this; here is not null; here = here.Outer?.Checking)
            {
                if (ReferenceEquals(here, outer.Checking))
                    return outer.Checking.Definition.Nodes[outer.Owner];
            }
        }
        return null;
    }

    /// <summary>Reads the graph inside a node.</summary>
    public ReadResult ReadBody(Value body, SourcePointer at) => DefinitionReader.ReadBody(body, at, _catalog);

    /// <summary>The node of an id, here or around.</summary>
    public NodeDefinition? FindNode(string id) =>
        Graph.IndexOf.TryGetValue(id, out var index) ? Definition.Nodes[index] : Outer?.Checking.FindNode(id);

    /// <summary>The ids of all nodes here and around.</summary>
    public IEnumerable<string> NodeIds => Outer is { } outer ? Graph.IndexOf.Keys.Concat(outer.Checking.NodeIds) : Graph.IndexOf.Keys;

    /// <summary>All names of types.</summary>
    public IEnumerable<string> TypeNames => _catalog.All.SelectMany(type => type.Aliases.Prepend(type.Type));

    public NodeTypeDescription? TypeOf(NodeDefinition node) => TypeOf(node.Type);

    public NodeTypeDescription? TypeOf(string name)
    {
        if (!_types.TryGetValue(name, out var type))
            _types.Add(name, type = _catalog.Find(name));
        return type;
    }

    /// <summary>The compiled schema of a type's config.</summary>
    public Schema? ConfigSchemaOf(NodeTypeDescription type)
    {
        if (!_schemas.TryGetValue(type, out var schema))
            _schemas.Add(type, schema = Schema.Compile(type.ConfigSchema, out _));
        return schema;
    }

    /// <summary>Where a node stands. Nodes that reading added stand nowhere, so the whole document is named.</summary>
    public SourcePointer At(NodeDefinition node) => Authored(node.Source, () => $"{Root}/nodes/{Place(node)}");

    /// <summary>Whether a node is the author's: the start node that reading adds to a document has no place in it.</summary>
    public bool IsAuthored(NodeDefinition node) => _document is null || node.Source.Pointer is not null;

    /// <summary>Whether an edge is the author's; those from a start node that was added are not.</summary>
    public bool IsAuthored(EdgeDefinition edge) => _document is null || edge.Location.Pointer is not null;

    /// <summary>Where an edge stands.</summary>
    public SourcePointer At(EdgeDefinition edge) => Authored(edge.Location, () => $"{Root}/edges/{Place(edge)}");

    /// <summary>
    /// Where a field of a node, edge or workflow stands, under whichever of the names it was authored; else its owner's place.
    /// </summary>
    public SourcePointer FieldAt(SourcePointer owner, params ReadOnlySpan<string> names)
    {
        if (_document is not { } document)
            return owner.At(names[0]);
        var value = JsonPointer.Follow(document, owner.ToString());
        foreach (var name in names)
        {
            if (JsonPointer.FindKey(value, name) is { } key)
                return owner.At(key);
            if (JsonPointer.FindKey(value["data"], name) is { } inner)
                return owner.At("data").At(inner);
        }
        return owner;
    }

    /// <summary>Where a part of something stands whose pointer is known under canonical names.</summary>
    public SourcePointer PartAt(SourcePointer owner, string pointer) => _document is { } document
        ? JsonPointer.FollowLoosely(document, owner, pointer)
        : new SourcePointer(owner + pointer);

    /// <summary>Where a node's config stands.</summary>
    public SourcePointer ConfigAt(NodeDefinition node) =>
        node.ConfigSource.Pointer is not null || _document is not null ? Authored(node.ConfigSource, () => "") : At(node).At("config");

    public void Error(SourcePointer at, string code, string message, string? suggestion = null) =>
        Problems.Error(at, code, message, suggestion);

    public void Error(SourcePointer at, string code, string message, ImmutableArray<PathStep> path) =>
        Problems.Error(at, code, message, path: path);

    public void Warn(SourcePointer at, string code, string message, string? suggestion = null) =>
        Problems.Warn(at, code, message, suggestion);

    public void Warn(SourcePointer at, string code, string message, ImmutableArray<PathStep> path) =>
        Problems.Warn(at, code, message, path: path);

    /// <summary>Reports a name that is not there, with a guess at what was meant.</summary>
    public void Unknown(SourcePointer at, string code, string sentence, string name, IEnumerable<string> candidates) =>
        Error(at, code, sentence + ".", Problems.Suggestions.Closest(name, candidates));

    // By reference: two nodes may be equal in content, and comparing contents would be slow.
    private int Place(object part)
    {
        if (_places is null)
        {
            _places = new(ReferenceEqualityComparer.Instance);
            for (var i = 0; i < Definition.Nodes.Length; i++)
                _places.TryAdd(Definition.Nodes[i], i);
            for (var i = 0; i < Definition.Edges.Length; i++)
                _places.TryAdd(Definition.Edges[i], i);
        }
        return _places[part];
    }

    private SourcePointer Authored(SourcePointer source, Func<string> canonical) =>
        source.Pointer is not null ? source : new SourcePointer(_document is null ? canonical() : "");
}
