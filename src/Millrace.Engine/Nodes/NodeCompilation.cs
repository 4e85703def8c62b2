using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>What a node type compiles: one node's config, and where to put its problems.</summary>
public sealed class NodeCompilation(NodeDefinition node, MapValue config, ICollection<Problem> problems)
{
    /// <summary>The node.</summary>
    public NodeDefinition Node { get; } = node;

    /// <summary>Its config, field names normalised.</summary>
    public MapValue Config { get; } = config;

    /// <summary>Whether an error was added.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Adds an error.</summary>
    /// <param name="pointer">Where in the config, such as "/condition"; "" for the config as a whole.</param>
    /// <param name="code">A stable name.</param>
    /// <param name="message">A sentence: what is wrong and what to do.</param>
    public void Error(string pointer, string code, string message)
    {
        HasErrors = true;
        problems.Add(new(Node.ConfigSource + pointer, code, message));
    }

    /// <summary>Adds a warning.</summary>
    public void Warning(string pointer, string code, string message) =>
        problems.Add(new(Node.ConfigSource + pointer, code, message, Severity: Severity.Warning));

    /// <summary>Parses an expression of the config; null with an error added where it is not one.</summary>
    public Expression? Expression(string source, string pointer) => Located(Core.Expressions.Expression.ParseCondition(source, out var problem), problem, source, pointer);

    /// <summary>Parses a template tree of the config; null with errors added where one of its templates is not valid.</summary>
    public Template? Template(Value tree, string pointer)
    {
        var template = Core.Expressions.Template.Parse(tree, out var templateProblems);
        foreach (var problem in templateProblems)
            Error(pointer + problem.Pointer, "invalid_expression", $"The template is not valid at {problem.Position + 1}: {problem.Message}");
        return template;
    }

    internal T? Bind<T>() where T : class
    {
        var bound = ConfigBinder.TryBind<T>(Config, out var problem);
        if (bound is null)
            Error("", "invalid_config", $"The config of node '{Node.Id}' is not valid: {problem}");
        return bound;
    }

    private Expression? Located(Expression? expression, ExpressionProblem? problem, string source, string pointer)
    {
        if (problem is not null)
            Error(pointer, "invalid_expression", $"The expression '{source}' is not valid at {problem.Position + 1}: {problem.Message}");
        return expression;
    }
}
