using System.Globalization;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>All that happened, as a hash; and as text for people, where somebody wants to read it.</summary>
internal sealed class Trace(bool keepsLines)
{
    private const ulong Prime = 1099511628211UL;

    private readonly List<string> _lines = [];
    private ulong _hash = 14695981039346656037UL;

    public ulong Hash => _hash;

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The time that lines begin with.</summary>
    public Func<string> Clock { get; set; } = () => "";

    public void Note(string what, string? subject = null, long number = 0)
    {
        Add(what);
        Add(subject);
        _hash = (_hash ^ (ulong)number) * Prime;
        if (keepsLines)
            _lines.Add($"{Clock()} {what} {subject} {number.ToString(CultureInfo.InvariantCulture)}");
    }

    public void Note(string what, string subject, JsonText text)
    {
        Add(subject);
        foreach (var one in text.Utf8.Span)
            _hash = (_hash ^ one) * Prime;
        if (keepsLines)
            _lines.Add($"{Clock()} {what} {subject} {text}");
    }

    private void Add(string? text)
    {
        foreach (var c in text ?? "")
            _hash = (_hash ^ c) * Prime;
        _hash = (_hash ^ ' ') * Prime;
    }
}
