using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

/// <summary>The list that a node works on: what its `items` field gives, or what arrived.</summary>
internal sealed class ItemList
{
    /// <summary>What every list node says of its `items`.</summary>
    public const string Description = "The list, as a template such as {{ input.orders }}. By default, what arrived.";

    private readonly Template? _template;

    private ItemList(Template? template) => _template = template;

    /// <summary>Compiles the `items` field; null, with errors added, where it is not valid.</summary>
    public static ItemList? Compile(Value items, NodeCompilation compilation)
    {
        if (items.IsNull)
            return new(null);
        return compilation.Template(items, "/items") is { } template ? new(template) : null;
    }

    /// <summary>Gets the list; null, with a failure, where there is none.</summary>
    public ListValue? Get(NodeContext context, out NodeOutcome? failure)
    {
        if (!TryGetValue(context, out var value, out failure))
            return null;
        if (value.TryGetList(out var list))
            return list;
        failure = Failures.Data(_template is null
            ? $"The node's input is {Failures.Kind(value)}, not a list; name the list in 'items'."
            : $"'items' gives {Failures.Kind(value)}, not a list.");
        return null;
    }

    /// <summary>As <see cref="Get"/>; what is no list counts as a list of one.</summary>
    public ListValue? GetOneOrMany(NodeContext context, out NodeOutcome? failure) =>
        TryGetValue(context, out var value, out failure) ? value.TryGetList(out var list) ? list : ListValue.Own([value]) : null;

    private bool TryGetValue(NodeContext context, out Value value, out NodeOutcome? failure)
    {
        value = context.Data;
        failure = null;
        if (_template is null)
            return true;
        var evaluation = _template.Evaluate(context.Scope);
        value = evaluation.Value;
        if (!evaluation.Succeeded)
            failure = Failures.Of(evaluation, "/items");
        return failure is null;
    }
}
