using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Nodes.Data;

/// <summary>
/// What an expression sees that is evaluated for every item of a list: `item` and `index` besides all else. The cost of all items is
/// limited together.
/// </summary>
internal sealed class ItemScope(IBindings outer) : IBindings
{
    private Value _item;
    private long _index;
    private long _cost;

    /// <inheritdoc/>
    public bool TryGet(string name, out Value value)
    {
        switch (name)
        {
            case "item": value = _item; return true;
            case "index": value = _index; return true;
            default: return outer.TryGet(name, out value);
        }
    }

    /// <summary>Evaluates an expression for an item; false with a sentence where that fails.</summary>
    public bool TryEvaluate(Expression expression, Value item, int index, out Value value, out string? problem)
    {
        _item = item;
        _index = index;
        var evaluation = expression.Evaluate(this);
        _cost += evaluation.Cost;
        // What there is none of is null, as everywhere else.
        value = evaluation.Value.TryGetOptional(out var optional) ? optional.Value : evaluation.Value;
        problem = evaluation.Succeeded
            ? _cost > EvaluationLimits.Default.MaxCost
                ? $"the list is too long for this expression; it took more than {EvaluationLimits.Default.MaxCost} steps"
                : null
            : $"{evaluation.Error} (item {index})";
        return problem is null;
    }

    /// <summary>As <see cref="TryEvaluate"/>, and makes JSON of the value.</summary>
    public bool TryEvaluateJson(Expression expression, Value item, int index, out Value value, out string? problem) =>
        TryEvaluate(expression, item, index, out value, out problem) && JsonNormalizer.TryNormalize(value, out value, out problem);
}
