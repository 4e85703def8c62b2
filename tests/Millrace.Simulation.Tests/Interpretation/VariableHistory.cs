using System.Numerics;
using Millrace.Core.Values;

namespace Millrace.Simulation.Tests.Interpretation;

/// <summary>
/// What was written to the variables, and who looked. Writes are noted in the order of the graph and of the items: that in which the parts
/// of parallel writers are put together.
/// </summary>
internal sealed class VariableHistory(MapValue initial)
{
    private readonly Dictionary<string, List<Write>> _writes = [];
    private readonly Dictionary<string, List<Pass>> _reads = [];

    /// <summary>What a variable is for a run that has a past behind it.</summary>
    public (Value Value, bool IsOpen) Read(string name, Pass reader, BigInteger past)
    {
        (_reads.TryGetValue(name, out var reads) ? reads : _reads[name] = []).Add(reader);
        return At(name, past);
    }

    public IReadOnlyDictionary<string, (Value Value, bool IsOpen)> AtEnd(BigInteger past) =>
        _writes.Keys.ToDictionary(name => name, name => At(name, past));

    public void Set(string name, Pass pass, Value value, bool appends, bool isOpen)
    {
        // Who has looked and is not sure to have looked before may as well see this.
        if (_reads.TryGetValue(name, out var reads) && reads.Exists(reader => !Pass.Knows(pass.Through, reader)))
            throw new UndeterminedException($"the variable '{name}' is read and written at the same time");
        var writes = _writes.TryGetValue(name, out var known) ? known : _writes[name] = [];
        if (writes.Exists(other => !Pass.Knows(pass.Past, other.Pass) && (other.Appends != appends || (!appends && other.Value != value))))
            throw new UndeterminedException($"the variable '{name}' is written by two at the same time");
        writes.Add(new Write(pass, value, appends, isOpen));
    }

    private (Value Value, bool IsOpen) At(string name, BigInteger past)
    {
        var value = ((Value)initial)[name];
        var isOpen = false;
        foreach (var write in _writes.GetValueOrDefault(name, []))
        {
            isOpen |= write.IsOpen || write.Pass.IsMaybe || !Pass.Knows(past, write.Pass);
            value = write.Appends ? ListValue.Create([.. value.AsList(), .. write.Value.AsList()]) : write.Value;
        }
        return (value, isOpen);
    }

    private sealed record Write(Pass Pass, Value Value, bool Appends, bool IsOpen);
}
