using System.Collections.Immutable;

namespace Millrace.Core.Patterns;

internal enum StepKind
{
    Consume,
    Demand,
    Split,
    Match,
}

/// <summary>One step: consume a character of a set, demand something of the place, go two ways, or be done.</summary>
internal readonly record struct ProgramStep(StepKind Kind, int Next, int Other, CodePointSet? Set, PlaceKind Place);

/// <summary>A pattern as an automaton with choices, over the few classes of characters that it can tell apart.</summary>
internal sealed class PatternProgram
{
    private readonly ImmutableArray<ProgramStep>.Builder _steps = ImmutableArray.CreateBuilder<ProgramStep>();

    public PatternProgram(PatternSyntax syntax)
    {
        Start = Emit(syntax, Add(StepKind.Match));
        Steps = _steps.DrainToImmutable();
        HasPlaces = Steps.Any(step => step.Kind == StepKind.Demand);
        Alphabet = new Alphabet(Steps.Select(step => step.Set).OfType<CodePointSet>());
    }

    public ImmutableArray<ProgramStep> Steps { get; }

    public int Start { get; }

    public bool HasPlaces { get; }

    public Alphabet Alphabet { get; }

    // Written from the end to the start, so that where a step leads is known when it is added.
    private int Emit(PatternSyntax syntax, int next) => syntax switch
    {
        PatternSyntax.One one => Add(StepKind.Consume, next, set: one.Set),
        PatternSyntax.Place place => Add(StepKind.Demand, next, place: place.Kind),
        PatternSyntax.Sequence sequence => sequence.Parts.Reverse().Aggregate(next, (after, part) => Emit(part, after)),
        PatternSyntax.Choice choice =>
            choice.Parts.SkipLast(1).Reverse().Aggregate(
                Emit(choice.Parts[^1], next), (other, part) => Add(StepKind.Split, Emit(part, next), other)),
        PatternSyntax.Repeat repeat => EmitRepeat(repeat, next),
        _ => throw new InvalidOperationException($"A pattern has a part of the unknown kind {syntax.GetType().Name}."),
    };

    private int EmitRepeat(PatternSyntax.Repeat repeat, int next)
    {
        var entry = next;
        if (repeat.Most is { } most)
        {
            for (var i = repeat.Least; i < most; i++)
                entry = Add(StepKind.Split, Emit(repeat.Inner, entry), next);
        }
        else
        {
            entry = Add(StepKind.Split, next, next);
            _steps[entry] = _steps[entry] with { Next = Emit(repeat.Inner, entry) };
        }
        for (var i = 0; i < repeat.Least; i++)
            entry = Emit(repeat.Inner, entry);
        return entry;
    }

    private int Add(StepKind kind, int next = 0, int other = 0, CodePointSet? set = null, PlaceKind place = default)
    {
        _steps.Add(new ProgramStep(kind, next, other, set, place));
        return _steps.Count - 1;
    }
}
