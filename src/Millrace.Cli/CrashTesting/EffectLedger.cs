using Millrace.Core.Values;

namespace Millrace.Cli.CrashTesting;

/// <summary>One time that an effect happened.</summary>
/// <param name="NodeId">Whose it is.</param>
/// <param name="Iteration">The iteration path of the node run.</param>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="Key">Its idempotency key.</param>
/// <param name="IsAfterCrash">Whether that was after the crash.</param>
internal sealed record HappenedEffect(string NodeId, string Iteration, int Attempt, string Key, bool IsAfterCrash);

/// <summary>What the world saw of one run, before the crash and after it.</summary>
internal sealed class EffectLedger
{
    private readonly Lock _gate = new();
    private readonly List<HappenedEffect> _happened = [];
    private readonly Dictionary<string, Value> _outputs = new(StringComparer.Ordinal);

    public void Add(HappenedEffect effect)
    {
        lock (_gate)
            _happened.Add(effect);
    }

    /// <summary>Remembers what an effect gave, for whoever is asked what became of it.</summary>
    public void Gave(string nodeId, Value output)
    {
        lock (_gate)
            _outputs[nodeId] = output;
    }

    public Value OutputOf(string nodeId)
    {
        lock (_gate)
            return _outputs.GetValueOrDefault(nodeId);
    }

    /// <summary>The effects that happened.</summary>
    public IReadOnlyList<HappenedEffect> Happened()
    {
        lock (_gate)
            return [.. _happened];
    }

    /// <summary>The attempts that happened before the crash and again after it: their nodes, and whether both times had one key.</summary>
    public IReadOnlyList<(string NodeId, bool HasOneKey)> Repeated() =>
        [.. Happened().GroupBy(effect => (effect.NodeId, effect.Iteration, effect.Attempt))
            .Where(times => times.Any(effect => effect.IsAfterCrash) && times.Any(effect => !effect.IsAfterCrash))
            .Select(times => (times.Key.NodeId, times.Select(effect => effect.Key).Distinct(StringComparer.Ordinal).Count() == 1))];
}
