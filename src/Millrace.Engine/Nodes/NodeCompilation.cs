using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>What a node type compiles: one node's config, and where to put its problems.</summary>
public sealed class NodeCompilation(NodeDefinition node, MapValue config, INodeCatalog types, ICollection<Problem> problems)
{
    /// <summary>The node that is compiled.</summary>
    public NodeDefinition Node { get; } = node;

    /// <summary>Its config, under the names of its schema.</summary>
    public MapValue Config { get; } = config;

    /// <summary>A field of the config with its templates; null where it is not there.</summary>
    public Value Field(string name) => ((Value)Config)[name];

    /// <summary>
    /// Whether its workflow was saved before and is made ready to run: what depends on this machine, or takes long, is not checked again.
    /// </summary>
    public bool IsSaved => types.AreForSaved;

    /// <summary>Whether an error was added.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Reports an error, with which the workflow cannot be saved.</summary>
    /// <param name="pointer">Where in the config, such as "/condition"; "" for the config as a whole.</param>
    /// <param name="code">A stable identifier of the error.</param>
    /// <param name="message">A sentence: what is wrong and what to do.</param>
    public void Error(string pointer, string code, string message)
    {
        HasErrors = true;
        problems.Add(new(Node.ConfigSource + pointer, code, message));
    }

    /// <summary>Reports a warning, with which the workflow can still be saved.</summary>
    public void Warning(string pointer, string code, string message) =>
        problems.Add(new(Node.ConfigSource + pointer, code, message, Severity: Severity.Warning));

    /// <summary>Parses an expression of the config; null with an error added where it is not one.</summary>
    public Expression? Expression(string source, string pointer) => Located(Core.Expressions.Expression.ParseCondition(source, out var problem), problem, source, pointer);

    /// <summary>Parses a template tree of the config; null with errors added where one of its templates is not valid.</summary>
    public Template? Template(Value tree, string pointer)
    {
        var template = Core.Expressions.Template.Parse(tree, out var problems);
        Add(problems, pointer);
        return template;
    }

    /// <summary>Parses a template tree in which secrets may stand; null with errors added where one of its templates is not valid.</summary>
    internal SecretTemplate? SecretTemplate(Value tree, string pointer)
    {
        var template = Core.Expressions.SecretTemplate.Parse(tree, out var problems);
        Add(problems, pointer);
        return template;
    }

    /// <summary>Reads a graph inside the config; null with errors added where it is none, or has no nodes.</summary>
    /// <param name="field">The name of the field.</param>
    public WorkflowDefinition? Body(string field)
    {
        var at = Node.ConfigSource.At(field);
        var read = DefinitionReader.ReadBody(Field(field), at, types);
        var isBroken = read.Definition is null || read.Problems.Any(problem => problem.Severity == Severity.Error);
        if (isBroken)
        {
            HasErrors = true;
            foreach (var problem in read.Problems)
                problems.Add(problem);
        }
        else if (!read.Definition!.Nodes.Any(inner => types.Find(inner.Type) is not { Kind: NodeKind.Comment }))
        {
            Error("/" + field, "empty_body", $"The body of node '{Node.Id}' has no node to run.");
            isBroken = true;
        }
        return isBroken ? null : read.Definition;
    }

    /// <summary>Adds an error: this version does not do that yet.</summary>
    /// <param name="pointer">Where in the config.</param>
    /// <param name="what">What, as a noun: "a form".</param>
    public void Unsupported(string pointer, string what) =>
        Error(pointer, "unsupported", $"Node '{Node.Id}' uses {what}, which this version of Millrace does not support; remove it.");

    internal T? Bind<T>() where T : class
    {
        var bound = ConfigBinder.TryBind<T>(Config, out var problem);
        if (bound is null)
            ReportUnbound(ConfigSchema.Of<T>.Compiled, problem!);
        return bound;
    }

    private void ReportUnbound(Schema schema, ConfigProblem problem)
    {
        var found = schema.Validate(Config);
        var certain = schema.ValidateTemplate(Config);
        foreach (var one in found)
        {
            var message = certain.Contains(one) ? one.Message : "A template is not allowed here, because the value is needed when the workflow is saved.";
            Error(one.Pointer, "invalid_config", message);
        }
        if (found.IsEmpty)
            Error(problem.Pointer, "invalid_config", problem.Message);
    }

    private void Add(ImmutableArray<TemplateProblem> problems, string pointer)
    {
        foreach (var problem in problems)
            Error(pointer + problem.Pointer, "invalid_expression", $"The template is not valid at {problem.Position + 1}: {problem.Message}");
    }

    private Expression? Located(Expression? expression, ExpressionProblem? problem, string source, string pointer)
    {
        if (problem is not null)
            Error(pointer, "invalid_expression", $"The expression '{source}' is not valid at {problem.Position + 1}: {problem.Message}");
        return expression;
    }
}
