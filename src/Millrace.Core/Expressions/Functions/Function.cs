using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>What a function does with arguments whose kinds fit. Fails through the frame, never by throwing.</summary>
internal delegate bool Implementation(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result);

/// <summary>One signature of a function; a null kind takes any value. A variadic one repeats its last kind.</summary>
internal sealed record Overload(string Signature, ValueKind?[] Kinds, bool Variadic, Implementation Implementation)
{
    public bool Takes(int count) => Variadic ? count >= Kinds.Length : count == Kinds.Length;

    public bool Fits(ReadOnlySpan<Value> arguments)
    {
        if (!Takes(arguments.Length))
            return false;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (Kinds[Math.Min(i, Kinds.Length - 1)] is { } kind && arguments[i].Kind != kind)
                return false;
        }
        return true;
    }
}

/// <summary>All signatures of one function or method.</summary>
internal sealed class Function(string name)
{
    private readonly List<Overload> _overloads = [];

    public string Name { get; } = name;

    public void Add(Overload overload) => _overloads.Add(overload);

    /// <summary>Whether some signature takes so many arguments, the target of a method included.</summary>
    public bool Takes(int count) => _overloads.Exists(overload => overload.Takes(count));

    public string Signatures() => string.Join(" or ", _overloads.Select(overload => overload.Signature).Distinct(StringComparer.Ordinal));

    public bool Invoke(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        foreach (var overload in _overloads)
        {
            if (overload.Fits(arguments))
                return overload.Implementation(ref frame, arguments, position, out result);
        }
        result = default;
        return frame.Fail(
            static (call, found) =>
                $"no such overload: {call.AsString()} does not take "
                    + $"({string.Join(", ", found.AsList().Select(argument => Operations.Kinds.Name(argument)))})",
            $"{Name}; it is {Signatures()}, which", Value.List(arguments), position);
    }
}
