using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>What came from outside before anybody waited for it, found by whom it is for.</summary>
internal sealed class BufferedDeliveries
{
    // Most executions never have any, so nothing is made for them.
    private SortedDictionary<long, Delivery>? _all;
    private Dictionary<Address, SortedSet<long>>? _byAddress;

    /// <summary>All, by the seq of their events, oldest first.</summary>
    public IReadOnlyDictionary<long, Delivery> All =>
        _all ?? (IReadOnlyDictionary<long, Delivery>)ReadOnlyDictionary<long, Delivery>.Empty;

    public void Add(long seq, Delivery delivery)
    {
        (_all ??= []).Add(seq, delivery);
        _byAddress ??= [];
        var address = AddressOf(delivery);
        if (!_byAddress.TryGetValue(address, out var seqs))
            _byAddress.Add(address, seqs = []);
        seqs.Add(seq);
    }

    public bool Remove(long seq)
    {
        if (_all is null || _byAddress is null || !_all.Remove(seq, out var delivery))
            return false;
        var address = AddressOf(delivery);
        var seqs = _byAddress[address];
        seqs.Remove(seq);
        if (seqs.Count == 0)
            _byAddress.Remove(address);
        return true;
    }

    public void Clear() => (_all, _byAddress) = (null, null);

    /// <summary>The signals of a name, oldest first.</summary>
    public IReadOnlyCollection<long> Signals(string? name) => Find(new Address(null, name), out var seqs) ? [.. seqs] : [];

    /// <summary>What may be meant for a run that waits, oldest first.</summary>
    public IReadOnlyCollection<long> For(NodeRun run)
    {
        if (_all is null or { Count: 0 })
            return [];
        var found = new SortedSet<long>();
        if (run.Wait is { Kind: Delivery.Signal, Name: var name } && Find(new Address(null, name), out var signals))
            found.UnionWith(signals);
        if (Find(new Address(run.Node.Id, run.Iteration), out var exact))
            found.UnionWith(exact);
        if (Find(new Address(run.Node.Id, null), out var any))
            found.UnionWith(any);
        return found;
    }

    private bool Find(Address address, [NotNullWhen(true)] out SortedSet<long>? seqs)
    {
        seqs = null;
        return _byAddress?.TryGetValue(address, out seqs) == true;
    }

    private static Address AddressOf(Delivery delivery) => new(delivery.NodeId, delivery.NodeId is null ? delivery.Name : delivery.Iteration);

    /// <summary>Whom it is for.</summary>
    /// <param name="NodeId">The node; null: whoever waits for a signal.</param>
    /// <param name="Detail">Of a signal, its name; else the iteration, null: any.</param>
    private readonly record struct Address(string? NodeId, string? Detail);
}
