namespace Millrace.Core.Patterns;

/// <summary>
/// Runs a program over texts. The deterministic automaton is built only where a text leads, and forgotten when it grows large, so
/// that time is linear in the text and memory is bounded whatever the pattern. For one thread at a time.
/// </summary>
internal sealed class PatternMatcher(PatternProgram program)
{
    private const int MaxCells = 1 << 16;
    private const int Unknown = -2;
    private const int Matched = -1;

    private readonly List<State> _states = [];
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly int[] _seen = new int[program.Steps.Count];
    private readonly Stack<int> _open = [];
    private readonly List<int> _consuming = [];
    private int _round;

    // Entries are the steps to go on from; the start of the pattern is always one of them, since a match may begin anywhere.
    private readonly record struct State(int[] Entries, Neighbour Before, int[] Next);

    public bool IsMatch(ReadOnlySpan<char> text)
    {
        var state = Enter([program.Start], Neighbour.Nothing);
        for (var i = 0; i < text.Length; i++)
        {
            int codePoint = text[i];
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                codePoint = char.ConvertToUtf32(text[i], text[++i]);
            var characterClass = program.Alphabet.ClassOf(codePoint);
            var next = _states[state].Next[characterClass];
            if (next == Unknown)
                next = Advance(state, characterClass);
            if (next == Matched)
                return true;
            state = next;
        }
        return Close(_states[state], Neighbour.Nothing);
    }

    private int Advance(int from, int characterClass)
    {
        var state = _states[from];
        var example = program.Alphabet.Example(characterClass);
        var neighbour = Alphabet.Neighbour(example);
        if (Close(state, neighbour))
            return state.Next[characterClass] = Matched;
        var entries = new SortedSet<int> { program.Start };
        foreach (var step in _consuming)
        {
            if (program.Steps[step].Set!.Contains(example))
                entries.Add(program.Steps[step].Next);
        }
        if ((long)_states.Count * program.Alphabet.Count > MaxCells)
        {
            _states.Clear();
            _known.Clear();
        }
        return state.Next[characterClass] = Enter([.. entries], neighbour);
    }

    private int Enter(int[] entries, Neighbour before)
    {
        // What was before matters only to patterns that look at places.
        before = program.HasPlaces ? before : Neighbour.Other;
        var key = string.Create(entries.Length + 1, (entries, before), static (key, state) =>
        {
            for (var i = 0; i < state.entries.Length; i++)
                key[i] = (char)state.entries[i];
            key[^1] = (char)state.before;
        });
        if (_known.TryGetValue(key, out var known))
            return known;
        var next = new int[program.Alphabet.Count];
        Array.Fill(next, Unknown);
        _states.Add(new State(entries, before, next));
        _known.Add(key, _states.Count - 1);
        return _states.Count - 1;
    }

    /// <summary>
    /// Follows everything that consumes nothing; whether that reaches the match. Leaves the steps that wait for a character.
    /// </summary>
    private bool Close(State state, Neighbour after)
    {
        _round++;
        _consuming.Clear();
        _open.Clear();
        foreach (var entry in state.Entries)
            _open.Push(entry);
        while (_open.TryPop(out var index))
        {
            if (_seen[index] == _round)
                continue;
            _seen[index] = _round;
            var step = program.Steps[index];
            switch (step.Kind)
            {
                case StepKind.Match:
                    return true;
                case StepKind.Consume:
                    _consuming.Add(index);
                    break;
                case StepKind.Split:
                    _open.Push(step.Other);
                    _open.Push(step.Next);
                    break;
                default:
                    if (Holds(step.Place, state.Before, after))
                        _open.Push(step.Next);
                    break;
            }
        }
        return false;
    }

    private static bool Holds(PlaceKind place, Neighbour before, Neighbour after) => place switch
    {
        PlaceKind.TextStart => before == Neighbour.Nothing,
        PlaceKind.TextEnd => after == Neighbour.Nothing,
        PlaceKind.LineStart => before is Neighbour.Nothing or Neighbour.Newline,
        PlaceKind.LineEnd => after is Neighbour.Nothing or Neighbour.Newline,
        PlaceKind.WordBoundary => before == Neighbour.Word != (after == Neighbour.Word),
        _ => before == Neighbour.Word == (after == Neighbour.Word),
    };
}
