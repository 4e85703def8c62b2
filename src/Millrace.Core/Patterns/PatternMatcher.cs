using System.Numerics;
using System.Runtime.InteropServices;

namespace Millrace.Core.Patterns;

/// <summary>
/// Runs a program over texts. The deterministic automaton is built only where a text leads, and forgotten when it grows large, so
/// that time is linear in the text and memory is bounded whatever the pattern. For one thread at a time.
/// </summary>
internal sealed class PatternMatcher(PatternProgram program)
{
    /// <summary>The most entries and moves that one match keeps before it forgets them.</summary>
    public const int MaxSize = 1 << 16;

    /// <summary>Up to how many entries and moves it is worth keeping for the next match.</summary>
    public const int MaxIdleSize = 1 << 14;

    // What a state takes besides its entries and moves, in their size.
    private const int StateSize = 16;
    private static readonly State Matched = new([], default);

    private readonly HashSet<State> _states = new(SameEntries.Instance);
    private readonly long[] _seen = new long[program.Steps.Length];
    private readonly ulong[] _marked = new ulong[(program.Steps.Length + 63) / 64];
    private readonly Stack<int> _open = [];
    private readonly List<int> _consuming = [];
    private long _round;
    private int _match;
    private int _sizeOfMatch;

    /// <summary>Entries and moves that it holds.</summary>
    public int Size { get; private set; }

    /// <summary>
    /// Work of the last match: what the automaton did, counted as though nothing had been there before. So it is a function of the
    /// pattern and the text alone, and a run repeats.
    /// </summary>
    public long Work { get; private set; }

    /// <summary>Whether some part of the text matches; false too where finding out takes more than the most work.</summary>
    public bool IsMatch(ReadOnlySpan<char> text, long mostWork)
    {
        _match++;
        (_sizeOfMatch, Work) = (0, 0);
        var state = Use(Find([program.Start], Neighbour.Nothing));
        for (var i = 0; i < text.Length && Work <= mostWork; i++)
        {
            int codePoint = text[i];
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                codePoint = char.ConvertToUtf32(text[i], text[++i]);
            state = Next(state, program.Alphabet.ClassOf(codePoint));
            if (state == Matched)
                return true;
        }
        return Work <= mostWork && Close(state, Neighbour.Nothing);
    }

    private State Next(State from, int characterClass)
    {
        ref var move = ref from.Moves[characterClass];
        if (move.Match == _match)
            return move.To!;
        if (move.To is null)
        {
            var before = Work;
            move.To = Advance(from, characterClass);
            move.Work = Work - before;
        }
        else
        {
            Work += move.Work;
        }
        move.Match = _match;
        return move.To = Use(move.To);
    }

    private State Advance(State from, int characterClass)
    {
        var example = program.Alphabet.Example(characterClass);
        var neighbour = Alphabet.Neighbour(example);
        if (Close(from, neighbour))
            return Matched;
        Mark(program.Start);
        foreach (var step in _consuming)
        {
            var set = program.Steps[step].Set!;
            Work += 1 + BitOperations.Log2((uint)set.Ranges.Length + 1);
            if (set.Contains(example))
                Mark(program.Steps[step].Next);
        }
        return Find(TakeMarked(), neighbour);
    }

    private void Mark(int step) => _marked[step >> 6] |= 1UL << step;

    // In order, so that the same steps are the same state.
    private int[] TakeMarked()
    {
        var steps = new int[_marked.Sum(BitOperations.PopCount)];
        var count = 0;
        for (var i = 0; i < _marked.Length; i++)
        {
            for (; _marked[i] != 0; _marked[i] &= _marked[i] - 1)
                steps[count++] = (i << 6) + BitOperations.TrailingZeroCount(_marked[i]);
        }
        Work += count + _marked.Length;
        return steps;
    }

    private State Find(int[] entries, Neighbour before)
    {
        // What was before matters only to patterns that look at places.
        var wanted = new State(entries, program.HasPlaces ? before : Neighbour.Other);
        return _states.TryGetValue(wanted, out var known) ? known : wanted;
    }

    // What a match uses first counts for it, whether an earlier match has left it or not; so it forgets at the same places.
    private State Use(State state)
    {
        if (state == Matched || state.Match == _match)
            return state;
        var size = state.Entries.Length + program.Alphabet.Count + StateSize;
        Work += size;
        if (_sizeOfMatch + size > MaxSize)
        {
            _states.Clear();
            (Size, _sizeOfMatch) = (0, 0);
            state = new State(state.Entries, state.Before);
        }
        if (_states.Add(state))
        {
            state.Moves = new Move[program.Alphabet.Count];
            Size += size;
        }
        state.Match = _match;
        _sizeOfMatch += size;
        return state;
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
            Work++;
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

    /// <summary>Where a class of characters leads; what finding out took; the match that last went there.</summary>
    private record struct Move(State? To, long Work, int Match);

    /// <summary>
    /// Steps to go on from, in order; the start of the pattern is always one of them, since a match may begin anywhere.
    /// </summary>
    private sealed class State(int[] entries, Neighbour before)
    {
        public int[] Entries => entries;

        public Neighbour Before => before;

        public Move[] Moves { get; set; } = [];

        /// <summary>The match that last came here.</summary>
        public int Match { get; set; }
    }

    private sealed class SameEntries : IEqualityComparer<State>
    {
        public static readonly SameEntries Instance = new();

        public bool Equals(State? x, State? y) => x!.Before == y!.Before && x.Entries.AsSpan().SequenceEqual(y.Entries);

        public int GetHashCode(State obj)
        {
            var hash = new HashCode();
            hash.Add(obj.Before);
            hash.AddBytes(MemoryMarshal.AsBytes(obj.Entries.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
