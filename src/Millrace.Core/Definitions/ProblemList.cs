using System.Collections.Immutable;

namespace Millrace.Core.Definitions;

/// <summary>Collects problems up to a limit, and says so when there were more.</summary>
internal sealed class ProblemList
{
    /// <summary>The most problems that are reported for one document.</summary>
    public const int Limit = 1_000;

    private readonly List<Problem> _problems = [];
    private int _dropped;
    private bool _droppedError;

    /// <summary>The guesser that this document's problems share.</summary>
    public Suggestions Suggestions { get; } = new();

    /// <summary>Adds an error. A suggestion is what was probably meant instead of what stands there, and ends the sentence.</summary>
    public void Error(SourcePointer at, string code, string sentence, string? suggestion = null, ImmutableArray<PathStep> path = default) =>
        Add(new Problem(at.ToString(), code, Complete(sentence, suggestion), suggestion) { Path = path.IsDefault ? [] : path });

    /// <summary>Adds a warning, as <see cref="Error"/> does.</summary>
    public void Warn(SourcePointer at, string code, string sentence, string? suggestion = null, ImmutableArray<PathStep> path = default) =>
        Add(
            new Problem(
                at.ToString(), code, Complete(sentence, suggestion), suggestion, Severity.Warning) { Path = path.IsDefault ? [] : path });

    public void Add(Problem problem)
    {
        if (_problems.Count < Limit)
        {
            _problems.Add(problem);
            return;
        }
        _dropped++;
        _droppedError |= problem.Severity == Severity.Error;
    }

    public ImmutableArray<Problem> ToImmutable() => _dropped == 0 ? [.. _problems] : [.. _problems, More()];

    private static string Complete(string sentence, string? suggestion) =>
        suggestion is null ? sentence : $"{sentence.TrimEnd('.')}; did you mean '{suggestion}'?";

    private Problem More() => new(
        "",
        "too_many_problems",
        $"Only {Limit} problems are listed, and there are {_dropped} more; correct these and try again.",
        Severity: _droppedError ? Severity.Error : Severity.Warning);
}
