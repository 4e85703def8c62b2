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

    public void Error(SourcePointer at, string code, string message, string? suggestion = null) =>
        Add(new Problem(at.ToString(), code, message, suggestion));

    public void Warn(SourcePointer at, string code, string message, string? suggestion = null) =>
        Add(new Problem(at.ToString(), code, message, suggestion, Severity.Warning));

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

    private Problem More() => new(
        "",
        "too_many_problems",
        $"There are {_dropped} more problems; correct the first {Limit} and try again.",
        Severity: _droppedError ? Severity.Error : Severity.Warning);
}
