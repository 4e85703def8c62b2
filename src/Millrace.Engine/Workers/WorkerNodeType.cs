using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Engine.Workers;

/// <summary>A type whose nodes are done by external workers.</summary>
internal sealed class WorkerNodeType : NodeType
{
    private static readonly Value AnyObject = MapValue.Of("type", "object");

    private readonly Schema _schema;

    public WorkerNodeType(WorkerType type)
    {
        Type = type;
        var config = type.ConfigSchema.IsNull ? AnyObject : type.ConfigSchema;
        _schema = Schema.Compile(config, out var problems) ?? throw new InvalidDataException($"The schema of the node type '{type.Type}' cannot be read: {problems[0].Message}");
        Description = new NodeTypeDescription
        {
            Type = type.Type,
            Title = type.Title ?? type.Type,
            Summary = type.Summary ?? "Runs on a worker outside the server.",
            Category = "Worker",
            Kind = NodeKind.Effect,
            Repetition = Repetition.Keyed,
            MayWait = true,
            ConfigSchema = config,
            SecretFields = [.. SecretFieldsOf(config, "", 0)],
            Ports = type.Ports,
        };
        // What was saved must go on running, whatever a worker registers later: how its config looks then is looked at when the node runs.
        SavedDescription = Description with { ConfigSchema = AnyObject, SecretFields = [""], Ports = [.. type.Ports, .. type.FormerPorts] };
    }

    /// <summary>As it was registered.</summary>
    public WorkerType Type { get; }

    /// <inheritdoc/>
    public override NodeTypeDescription Description { get; }

    /// <summary>What it is for workflows that are saved already.</summary>
    public NodeTypeDescription SavedDescription { get; }

    /// <inheritdoc/>
    public override NodeLogic? Compile(NodeDefinition node, INodeCatalog types, ICollection<Problem> problems)
    {
        var compilation = new NodeCompilation(node, node.Config, types, problems);
        if (node.InDoubt is InDoubtPolicy.Ask or InDoubtPolicy.Fail)
        {
            problems.Add(
                new(
                    node.Source + "/inDoubt",
                    "unsupported",
                    $"Node '{node.Id}' runs on workers: when a lease expires, another worker gets the task with the same idempotency "
                        + "key. So 'inDoubt' can only be 'retry'; remove it, and let the worker check the key."));
            return null;
        }
        var template = compilation.SecretTemplate(compilation.Config, "");
        return template is null ? null : new WorkerEffect(Type, template, _schema);
    }

    // The same mark that the schemas of other types have. References are not followed.
    private static IEnumerable<string> SecretFieldsOf(Value schema, string pointer, int depth)
    {
        if (depth > 16 || !schema.TryGetMap(out _))
            return [];
        if (pointer.Length > 0 && schema["x-secret"].Equals(true))
            return [pointer];
        IEnumerable<string> below = schema["properties"].TryGetMap(out var properties)
            ? properties.Entries.ToArray().SelectMany(entry => SecretFieldsOf(entry.Value, $"{pointer}/{JsonPointer.Escape(entry.Key.AsString())}", depth + 1))
            : [];
        return below
            .Concat(SecretFieldsOf(schema["items"], pointer + "/*", depth + 1))
            .Concat(SecretFieldsOf(schema["additionalProperties"], pointer + "/*", depth + 1))
            .Distinct(StringComparer.Ordinal);
    }
}
