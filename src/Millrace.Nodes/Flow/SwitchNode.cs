using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record SwitchConfig
{
    [ExpressionField]
    [Description("A CEL expression; its value is compared with each case's 'equals'.")]
    public string? Expression { get; init; }

    [Description("The cases, in order; the first that matches decides.")]
    public required IReadOnlyList<SwitchCase> Cases { get; init; }

    [Description("The port if no case matches.")]
    public string Default { get; init; } = "default";
}

internal sealed record SwitchCase
{
    [ExpressionField]
    [Description("A CEL condition.")]
    public string? When { get; init; }

    [Description("A value; the case matches if the expression equals it. May be a template.")]
    [JsonPropertyName("equals")]
    public Value EqualTo { get; init; }

    [Description("The port to take.")]
    public required string Port { get; init; }
}

/// <summary>Many ways to go on.</summary>
internal sealed class SwitchNode : PureNodeType<SwitchConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "switch",
        Title = "Switch",
        Summary = "Takes the port of the first case that matches, and passes on its data.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        PortsOf = PortsOf,
    };

    protected override PureLogic? Compile(SwitchConfig config, NodeCompilation compilation)
    {
        var expression = config.Expression is null ? null : compilation.Expression(config.Expression, "/expression");
        var cases = ImmutableArray.CreateBuilder<Case>();
        for (var i = 0; i < config.Cases.Count; i++)
        {
            if (CompileCase(config, i, compilation) is { } compiled)
                cases.Add(compiled);
        }
        if (config.Default is "error")
            compilation.Error("/default", "reserved_port", "The port 'error' is for failures; choose another name.");
        return new Logic(expression, cases.ToImmutable(), config.Default);
    }

    private static Case? CompileCase(SwitchConfig config, int index, NodeCompilation compilation)
    {
        var at = $"/cases/{index}";
        var one = config.Cases[index];
        if (one.Port is "error")
            compilation.Error(at + "/port", "reserved_port", "The port 'error' is for failures; choose another name.");
        var hasEquals = compilation.Field("cases").AsList()[index].AsMap().TryGet("equals", out var equals);
        if (hasEquals == one.When is not null)
            compilation.Error(at, "missing_field", "A case needs either 'when' or 'equals'.");
        else if (hasEquals && config.Expression is null)
            compilation.Error(at + "/equals", "missing_field", "'equals' needs the switch to have an 'expression'.");
        else if (hasEquals)
            return compilation.Template(equals, at + "/equals") is { } template ? new(null, template, one.Port, index) : null;
        else
            return compilation.Expression(one.When!, at + "/when") is { } when ? new(when, null, one.Port, index) : null;
        return null;
    }

    private static IEnumerable<string> PortsOf(MapValue config)
    {
        if (((Value)config)["cases"].TryGetList(out var cases))
        {
            foreach (var one in (IEnumerable<Value>)cases)
            {
                if (one["port"].TryGetString(out var port))
                    yield return port;
            }
        }
        yield return ((Value)config)["default"].TryGetString(out var fallback) ? fallback : "default";
    }

    private sealed record Case(Expression? When, Template? Equal, string Port, int Index)
    {
        public MapValue Meta { get; } = MapValue.Of(("case", (long)Index), ("port", Port));
    }

    private sealed class Logic(Expression? expression, ImmutableArray<Case> cases, string fallback) : PureLogic
    {
        private readonly MapValue _fallbackMeta = MapValue.Of("port", fallback);

        public override NodeOutcome Evaluate(NodeContext context)
        {
            var value = Value.Null;
            if (expression is not null)
            {
                var evaluation = expression.Evaluate(context.Scope);
                if (!evaluation.Succeeded)
                    return Failures.Of(evaluation, expression);
                value = evaluation.Value;
            }
            foreach (var one in cases)
            {
                if (Fits(one, value, context, out var failure))
                    return failure ?? new NodeOutcome { Output = context.Data, Port = one.Port, Meta = one.Meta };
            }
            return new NodeOutcome { Output = context.Data, Port = fallback, Meta = _fallbackMeta };
        }

        // True also where it cannot be said: then there is a failure.
        private static bool Fits(Case one, Value value, NodeContext context, out NodeOutcome? failure)
        {
            failure = null;
            if (one.Equal is { } equal)
            {
                var template = equal.Evaluate(context.Scope);
                if (!template.Succeeded)
                    failure = Failures.Of(template, $"/cases/{one.Index}/equals");
                return failure is not null || template.Value == value;
            }
            var evaluation = one.When!.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                failure = Failures.Of(evaluation, one.When);
            else if (!evaluation.Value.TryGetBool(out _))
                failure = Failures.Expression(one.When, $"it gives {Failures.Kind(evaluation.Value)}, not true or false");
            return failure is not null || evaluation.Value.AsBool();
        }
    }
}
