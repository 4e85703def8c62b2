namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>
/// Sets of executions, by the decisions made in them: reduced ordered decision diagrams. Equal sets are equal numbers, so that "never" and
/// "always" are known at a glance. A variable that is made later is asked earlier, because in a graph what follows hangs on what comes
/// before. Work is bounded: a set beyond the bounds is <see cref="Unknown"/>, and so is all that is made of it.
/// </summary>
internal sealed class DecisionDiagrams
{
    /// <summary>The condition that no execution meets.</summary>
    public const int Never = 0;

    /// <summary>The condition that every execution meets.</summary>
    public const int Always = 1;

    /// <summary>The result when the limit of steps was reached.</summary>
    public const int Unknown = -1;

    // Recursion goes from decision to decision: deeper than this would risk the stack of a small thread.
    private const int DeepestSearch = 400;

    private readonly List<int> _values = [];
    private readonly List<(int Variable, int[] Branches)> _sets = [(-1, []), (-1, [])];
    private readonly Dictionary<Shape, int> _numbers = [];
    private readonly Dictionary<(Operator, int, int), int> _results = [];
    private int _steps;

    /// <summary>Creates an empty set of diagrams with a limit on the number of steps.</summary>
    /// <param name="steps">The most steps of work.</param>
    public DecisionDiagrams(int steps) => _steps = steps;

    private enum Operator
    {
        And,
        Or,
        Without,
    }

    /// <summary>A new decision among so many values.</summary>
    public int AddVariable(int values)
    {
        _values.Add(values);
        return _values.Count - 1;
    }

    /// <summary>The executions in which a decision has this value.</summary>
    public int Where(int variable, int value)
    {
        _steps -= _values[variable];
        if (_steps < 0)
            return Unknown;
        var branches = new int[_values[variable]];
        branches[value] = Always;
        return Number(variable, branches);
    }

    public int And(int left, int right) => Apply(Operator.And, left, right, 0);

    public int Or(int left, int right) => Apply(Operator.Or, left, right, 0);

    /// <summary>Those of the left set that are not in the right one.</summary>
    public int Without(int left, int right) => Apply(Operator.Without, left, right, 0);

    /// <summary>
    /// One execution of a set that is not empty: the values of its decisions; those that do not matter are left out. Low values come first.
    /// </summary>
    public Dictionary<int, int> Example(int set)
    {
        var example = new Dictionary<int, int>();
        while (set != Always)
        {
            var (variable, branches) = _sets[set];
            var value = Array.FindIndex(branches, branch => branch != Never);
            example.Add(variable, value);
            set = branches[value];
        }
        return example;
    }

    private int Apply(Operator operation, int left, int right, int depth)
    {
        if (Simple(operation, left, right) is { } simple)
            return simple;
        if (operation != Operator.Without && left > right)
            (left, right) = (right, left);
        if (_results.TryGetValue((operation, left, right), out var known))
            return known;
        if (depth > DeepestSearch)
            return Unknown;
        var result = Combine(operation, left, right, depth);
        if (result != Unknown)
            _results.Add((operation, left, right), result);
        return result;
    }

    private static int? Simple(Operator operation, int left, int right)
    {
        if (left == Unknown || right == Unknown)
            return Unknown;
        return operation switch
        {
            Operator.And when left == right || right == Always => left,
            Operator.And when left == Always => right,
            Operator.And when left == Never || right == Never => Never,
            Operator.Or when left == right || right == Never => left,
            Operator.Or when left == Never => right,
            Operator.Or when left == Always || right == Always => Always,
            Operator.Without when left == right || left == Never || right == Always => Never,
            Operator.Without when right == Never => left,
            _ => null,
        };
    }

    private int Combine(Operator operation, int left, int right, int depth)
    {
        var variable = Math.Max(_sets[left].Variable, _sets[right].Variable);
        _steps -= _values[variable];
        if (_steps < 0)
            return Unknown;
        var branches = new int[_values[variable]];
        for (var value = 0; value < branches.Length; value++)
        {
            branches[value] = Apply(operation, Branch(left, variable, value), Branch(right, variable, value), depth + 1);
            if (branches[value] == Unknown)
                return Unknown;
        }
        return Number(variable, branches);
    }

    private int Branch(int set, int variable, int value) => _sets[set].Variable == variable ? _sets[set].Branches[value] : set;

    private int Number(int variable, int[] branches)
    {
        if (Array.TrueForAll(branches, branch => branch == branches[0]))
            return branches[0];
        var shape = new Shape(variable, branches);
        if (_numbers.TryGetValue(shape, out var number))
            return number;
        _sets.Add((variable, branches));
        _numbers.Add(shape, _sets.Count - 1);
        return _sets.Count - 1;
    }

    private readonly struct Shape(int variable, int[] branches) : IEquatable<Shape>
    {
        private readonly int _variable = variable;
        private readonly int[] _branches = branches;

        public bool Equals(Shape other) => _variable == other._variable && _branches.AsSpan().SequenceEqual(other._branches);

        public override bool Equals(object? obj) => obj is Shape other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_variable);
            foreach (var branch in _branches)
                hash.Add(branch);
            return hash.ToHashCode();
        }
    }
}
