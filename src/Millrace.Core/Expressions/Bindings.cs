using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>The names an expression can see.</summary>
public interface IBindings
{
    /// <summary>Looks a name up.</summary>
    bool TryGet(string name, out Value value);
}

/// <summary>The members of a map as names.</summary>
public sealed class Bindings : IBindings
{
    /// <summary>No names at all.</summary>
    public static readonly Bindings Empty = new(MapValue.Empty);

    private readonly MapValue _map;

    /// <summary>Makes each text key of a map a name.</summary>
    public Bindings(MapValue map) => _map = map;

    /// <inheritdoc/>
    public bool TryGet(string name, out Value value) => _map.TryGet(name, out value);
}
