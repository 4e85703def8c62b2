using Millrace.Core.Values;

namespace Millrace.Nodes.Data;

/// <summary>
/// Makes one value of many. Null is passed over, except by first, last and list. Whole numbers stay whole, unless the sum is too large.
/// </summary>
internal sealed class Aggregation(AggregateOperation operation)
{
    private readonly List<Value> _list = [];
    private long _count;
    private long _whole;
    private double _sum;
    private bool _isWhole = true;
    private Value _best;

    /// <summary>The combined value of all items so far.</summary>
    public Value Result => operation switch
    {
        AggregateOperation.Count => _count,
        AggregateOperation.Sum => _isWhole ? _whole : (Value)_sum,
        AggregateOperation.Average => _count == 0 ? Value.Null : _sum / _count,
        AggregateOperation.List => ListValue.Create(_list),
        _ => _best,
    };

    /// <summary>Takes a value in; false with a sentence where it cannot be.</summary>
    public bool TryAdd(Value value, int index, out string? problem)
    {
        problem = null;
        switch (operation)
        {
            case AggregateOperation.List: _list.Add(value); break;
            case AggregateOperation.First: _best = _count++ == 0 ? value : _best; break;
            case AggregateOperation.Last: _best = value; break;
            case AggregateOperation.Count: _count += value.IsNull ? 0 : 1; break;
            case AggregateOperation.Min or AggregateOperation.Max when !value.IsNull: return TryCompare(value, index, out problem);
            case AggregateOperation.Sum or AggregateOperation.Average when !value.IsNull: return TrySum(value, index, out problem);
        }
        return true;
    }

    private bool TryCompare(Value value, int index, out string? problem)
    {
        problem = null;
        if (_best.IsNull)
        {
            _best = value;
            return true;
        }
        if (!ValueOrder.TryCompare(value, _best, out var order))
        {
            problem = $"{Failures.Kind(value)} and {Failures.Kind(_best)} have no order (item {index})";
            return false;
        }
        if (operation == AggregateOperation.Min ? order < 0 : order > 0)
            _best = value;
        return true;
    }

    private bool TrySum(Value value, int index, out string? problem)
    {
        problem = null;
        _count++;
        if (value.TryGetInt(out var whole))
        {
            _sum += whole;
            _isWhole = _isWhole && !OverflowsWith(whole);
            if (_isWhole)
                _whole += whole;
        }
        else if (value.TryGetDouble(out var number))
        {
            _sum += number;
            _isWhole = false;
        }
        else
        {
            problem = $"it gives {Failures.Kind(value)}, not a number (item {index})";
        }
        if (!double.IsFinite(_sum))
            problem = "the sum is too large";
        return problem is null;
    }

    private bool OverflowsWith(long whole) => whole > 0 ? _whole > long.MaxValue - whole : _whole < long.MinValue - whole;
}
