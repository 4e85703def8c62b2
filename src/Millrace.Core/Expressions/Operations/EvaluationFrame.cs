using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>
/// What went wrong and where. The sentence is put together only when somebody reads it, because an error that || absorbs is
/// an everyday event and must cost nothing.
/// </summary>
internal readonly record struct Failure(Func<Value, Value, string> Describe, Value First, Value Second, int Position)
{
    public string Message => Describe(First, Second);
}

/// <summary>The state of one evaluation, handed down by reference.</summary>
internal struct EvaluationFrame
{
    public readonly IBindings Bindings;
    public readonly Value[] Locals;
    public Failure Failure;

    private readonly long _maxCost;
    private readonly long _maxOutput;
    private long _cost;
    private long _output;

    public EvaluationFrame(IBindings bindings, Value[] locals, EvaluationLimits limits)
    {
        Bindings = bindings;
        Locals = locals;
        _maxCost = limits.MaxCost;
        _maxOutput = limits.MaxOutput;
    }

    public readonly long Cost => _cost;

    /// <summary>How many steps there may still be.</summary>
    public readonly long Left => Math.Max(_maxCost - _cost, 0);

    /// <summary>Whether a limit was passed. It stays passed, so no || can absorb it in the end.</summary>
    public readonly bool Exhausted => _cost > _maxCost || _output > _maxOutput;

    /// <summary>Counts one operation. Not checked here: whatever can repeat checks, and the source is finite.</summary>
    public void Step() => _cost++;

    /// <summary>Counts steps before they are taken; fails where any limit is passed.</summary>
    public bool Charge(long steps, int position)
    {
        _cost += steps;
        return !Exhausted || FailExhausted(position);
    }

    /// <summary>Counts bytes of output before they are made, and the work of making them; fails where any limit is passed.</summary>
    public bool Allocate(long bytes, int position)
    {
        _output += bytes;
        return Charge(bytes >> 6, position);
    }

    /// <summary>Accounts for a text that is about to be made.</summary>
    public bool AllocateText(long length, int position) => Allocate(24 + (length * 2), position);

    /// <summary>Accounts for a list or map of so many values that is about to be made.</summary>
    public bool AllocateItems(long count, int position) => Allocate(32 + (count * 16), position);

    /// <summary>Whether the result is small enough once everything shared in it is written out.</summary>
    public bool CheckResult(in Value result, int position)
    {
        // What passes through untouched was somebody else's to bound.
        if (_output > 0 && result.Weight > _maxOutput)
            _output += result.Weight;
        return !Exhausted || FailExhausted(position);
    }

    private bool FailExhausted(int position) => Fail(_output > _maxOutput ? OutputMessage : CostMessage, position);

    public bool Fail(Func<Value, Value, string> describe, int position) => Fail(describe, default, default, position);

    public bool Fail(Func<Value, Value, string> describe, in Value first, int position) => Fail(describe, first, default, position);

    public bool Fail(Func<Value, Value, string> describe, in Value first, in Value second, int position)
    {
        Failure = new(describe, first, second, position);
        return false;
    }

    private static readonly Func<Value, Value, string> CostMessage =
        static (_, _) => "the expression takes too many steps; use less data or simplify it";

    private static readonly Func<Value, Value, string> OutputMessage =
        static (_, _) => "the expression creates too much data; the limit on its output was reached";
}
