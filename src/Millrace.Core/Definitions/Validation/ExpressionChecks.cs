using System.Collections.Immutable;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Parses every expression and template of a definition, and checks what they refer to.</summary>
internal sealed class ExpressionChecks
{
    private readonly Checking _checking;
    private readonly ReferenceChecks _references;
    private readonly Dictionary<string, ConfigExpressions> _finders = new(StringComparer.Ordinal);

    private ExpressionChecks(Checking checking)
    {
        _checking = checking;
        _references = new ReferenceChecks(checking);
    }

    /// <summary>Checks, and says which nodes' expressions look at `data`.</summary>
    public static bool[] Run(Checking checking)
    {
        var checks = new ExpressionChecks(checking);
        var nodes = checking.Definition.Nodes;
        for (var i = 0; i < nodes.Length; i++)
            checks.Node(i, nodes[i]);
        foreach (var edge in checking.Definition.Edges)
            checks.Edge(edge);
        checks._references.ReportDoubts();
        return checks._references.LooksAtData;
    }

    private void Node(int index, NodeDefinition node)
    {
        var place = new Viewpoint(index, AfterRun: false);
        Config(place, node.Type, node.Config, () => _checking.ConfigAt(node));
        foreach (var gate in node.Conditions)
            Gate(place, gate, () => gate.Source.Pointer is null ? _checking.FieldAt(_checking.At(node), "conditions") : gate.Source);
        if (node.Cache is { } cache)
            Template(place, cache.Key, () => _checking.FieldAt(_checking.FieldAt(_checking.At(node), "cache"), "key"));
        if (node.Compensation is { } compensation)
            Config(new Viewpoint(index, AfterRun: true, IsCompensation: true), compensation.Type, compensation.Config, () =>
                ConfigChecks.CompensationAt(_checking, node));
    }

    private void Edge(EdgeDefinition edge)
    {
        if (edge.When is not { } when || !_checking.Graph.IndexOf.TryGetValue(edge.Source, out var source))
            return;
        Condition(new Viewpoint(source, AfterRun: true), when, () => _checking.FieldAt(_checking.At(edge), "when", "condition"));
    }

    private void Config(Viewpoint place, string type, MapValue config, Func<SourcePointer> at)
    {
        if (!_finders.TryGetValue(type, out var finder))
            _finders.Add(type, finder = new ConfigExpressions(_checking.TypeOf(type)));
        var branches = _checking.TypeOf(type) is { } known && known.AllPorts(config).Any();
        foreach (var found in finder.Find(config))
            Report(
                place with { Decides = branches && found.IsExpression },
                found.References,
                found.Problem,
                () => _checking.PartAt(at(), found.Pointer),
                found.MayUseSecrets);
    }

    private void Gate(Viewpoint place, GateCondition gate, Func<SourcePointer> at)
    {
        if (gate.Expression is { } expression)
            Condition(place, expression, () => _checking.FieldAt(at(), "expression", "condition"));
        if (gate.Field is { } field)
            Condition(
                place with { Asks = ComparisonOperators.AsksPresence(gate.Operator ?? "") }, field, () => _checking.FieldAt(at(), "field"));
        Template(place, gate.Operand, () => _checking.FieldAt(at(), "value", "operand"));
    }

    private void Condition(Viewpoint place, string source, Func<SourcePointer> at)
    {
        var expression = Expression.ParseCondition(source, out var problem);
        Report(place with { Decides = true }, expression?.References ?? [], problem, at, mayUseSecrets: false);
    }

    private void Template(Viewpoint place, Value value, Func<SourcePointer> at)
    {
        var (references, problem) = ConfigExpressions.ReadTemplate(value);
        Report(place, references, problem, at, mayUseSecrets: false);
    }

    private void Report(
        Viewpoint place,
        ImmutableArray<ExpressionReference> references,
        ExpressionProblem? problem,
        Func<SourcePointer> at,
        bool mayUseSecrets)
    {
        if (problem is not null)
            _checking.Error(at(), "invalid_expression", $"{Capitalized(problem.Message)} (at character {problem.Position + 1}).");
        foreach (var reference in references)
            _references.Check(place, reference, at, mayUseSecrets);
    }

    private static string Capitalized(string message) =>
        message.Length == 0 ? message : char.ToUpperInvariant(message[0]) + message[1..].TrimEnd('.');
}

/// <summary>From where an expression looks at the workflow.</summary>
/// <param name="Node">The node it belongs to.</param>
/// <param name="AfterRun">Whether that node has run by then.</param>
/// <param name="IsCompensation">Whether it undoes that node, and so sees its output as `output`.</param>
/// <param name="Decides">Whether it decides which way the execution takes.</param>
/// <param name="Asks">Whether it only asks if what it looks at is there.</param>
internal readonly record struct Viewpoint(int Node, bool AfterRun, bool IsCompensation = false, bool Decides = false, bool Asks = false);
