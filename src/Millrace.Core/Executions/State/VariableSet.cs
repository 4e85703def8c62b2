using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>The workflow's variables. Those that are made of parts are made when somebody asks for them.</summary>
internal sealed class VariableSet
{
    private readonly Dictionary<string, SharedVariable> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AppendedVariable> _appended = new(StringComparer.Ordinal);
    // Whose values are not in the map yet.
    private readonly Dictionary<string, IMergedVariable> _unmade = new(StringComparer.Ordinal);
    private MapValue _values = MapValue.Empty;

    /// <summary>Grows whenever a variable is set.</summary>
    public long Revision { get; private set; }

    /// <summary>All of them.</summary>
    public MapValue All
    {
        get
        {
            if (_unmade.Count == 0)
                return _values;
            var builder = new MapBuilder(_values);
            foreach (var (name, variable) in _unmade)
                builder.Set(name, variable.Value);
            _unmade.Clear();
            return _values = builder.Build();
        }
    }

    /// <summary>What expressions see: each is made only when it is asked for. Good until the next change.</summary>
    public MapValue View => _unmade.Count == 0 ? _values : new VariablesView(this);

    /// <summary>Those that nodes set side by side.</summary>
    public IReadOnlyDictionary<string, SharedVariable> Shared => _shared;

    /// <summary>Forgets all, and begins with these.</summary>
    public void Reset(MapValue values)
    {
        _shared.Clear();
        _appended.Clear();
        _unmade.Clear();
        _values = values;
        Revision++;
    }

    /// <summary>Sets some, whatever they were.</summary>
    public void Set(MapValue changes)
    {
        if (changes.Count == 0)
            return;
        var builder = new MapBuilder(_values);
        foreach (var change in changes.Entries)
        {
            var name = change.Key.AsString();
            builder.Set(name, change.Value);
            _appended.Remove(name);
            _unmade.Remove(name);
        }
        _values = builder.Build();
        Revision++;
    }

    /// <summary>Adds to one that no two nodes set side by side.</summary>
    public void Append(string name, VariableMerge merge, Value value)
    {
        if (!_appended.TryGetValue(name, out var variable))
            _appended.Add(name, variable = new AppendedVariable(ValueOf(name)));
        variable.Add(merge, value);
        _unmade[name] = variable;
        Revision++;
    }

    /// <summary>Adds one node's part to one that nodes set side by side.</summary>
    public void Add(string name, VariableWrite write)
    {
        var variable = SharedOf(name);
        variable.Add(write);
        _unmade[name] = variable;
        Revision++;
    }

    /// <summary>A variable that nodes set side by side.</summary>
    public SharedVariable SharedOf(string name)
    {
        if (!_shared.TryGetValue(name, out var shared))
            _shared.Add(name, shared = new SharedVariable(ValueOf(name)));
        return shared;
    }

    /// <summary>Takes one over whose parts are in its value already.</summary>
    public void Restore(string name, SharedVariable shared) => _shared.Add(name, shared);

    /// <summary>Forgets the parts of one that is set anew from outside.</summary>
    public void Forget(string name) => _shared.Remove(name);

    /// <summary>What kind of value one is.</summary>
    public Shape ShapeOf(string name) => _appended.TryGetValue(name, out var appended) ? appended.Shape : Shapes.Of(ValueOf(name));

    private Value ValueOf(string name) => TryGet(name, out var value) ? value : Value.Null;

    private bool TryGet(string name, out Value value)
    {
        if (!_unmade.TryGetValue(name, out var variable))
            return _values.TryGet(name, out value);
        value = variable.Value;
        return true;
    }

    // Whoever looks at all of it, or passes it on, has it as it was then.
    private sealed class VariablesView(VariableSet variables) : MapValue
    {
        private MapValue? _all;

        public override int Count => All.Count;

        public override ReadOnlySpan<KeyValuePair<Value, Value>> Entries => All.Entries;

        private MapValue All => _all ??= variables.All;

        public override bool TryGet(string key, out Value value) => _all is null ? variables.TryGet(key, out value) : _all.TryGet(key, out value);

        public override bool TryGet(Value key, out Value value)
        {
            value = default;
            return key.TryGetString(out var name) && TryGet(name, out value);
        }
    }
}
