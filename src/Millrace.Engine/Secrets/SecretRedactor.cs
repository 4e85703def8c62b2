using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Secrets;

/// <summary>
/// Replaces secrets, in every form in which they may come back, by "[secret NAME]". Once: what was replaced before is left alone.
/// </summary>
public sealed class SecretRedactor
{
    private readonly ImmutableArray<(SecretForm Form, string Mark)> _forms;
    private readonly SearchValues<string> _search;
    private readonly bool _hasNumbers;

    /// <summary>Looks for some secrets, by name; values shorter than eight characters are not looked for.</summary>
    public SecretRedactor(IEnumerable<KeyValuePair<string, string>> secrets)
    {
        var found = secrets
            .SelectMany(secret => SecretForms.Of(secret.Value).Select(form => (Form: form, Mark: $"[secret {secret.Key}]")))
            .ToArray();
        // A mark is found before a secret inside it, and replaced by itself.
        _forms = [.. found
            .Concat(found.Select(form => (Form: new SecretForm(form.Mark, IsWhole: false), form.Mark)))
            .DistinctBy(form => form.Form.Text, StringComparer.Ordinal)
            .OrderByDescending(form => form.Form.Text.Length)];
        _search = SearchValues.Create([.. _forms.Select(form => form.Form.Text)], StringComparison.Ordinal);
        _hasNumbers = found.Any(form => form.Form.Text.All(char.IsAsciiDigit));
    }

    /// <summary>Values shorter than this are not looked for: they would be found everywhere.</summary>
    public static int ShortestValue => SecretForms.ShortestValue;

    /// <summary>A redactor without secrets, which changes nothing.</summary>
    public static SecretRedactor None { get; } = new([]);

    /// <summary>What the engine itself says of missing secrets. An error is left alone where its message is this very object: others cannot make it.</summary>
    internal string? OwnSentence { get; init; }

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => _forms.IsEmpty;

    /// <summary>A text without secrets.</summary>
    public string Redact(string text)
    {
        if (IsEmpty || text.AsSpan().IndexOfAny(_search) is var at && at < 0)
            return text;
        StringBuilder? clean = null;
        var done = 0;
        while (at >= 0)
        {
            var (mark, end) = MatchAt(text, at);
            if (mark.Length == 0)
            {
                at = NextFrom(text, at + 1);
                continue;
            }
            (clean ??= new StringBuilder()).Append(text, done, at - done).Append(mark);
            done = end;
            at = NextFrom(text, done);
        }
        return clean is null ? text : clean.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>A value without secrets, in keys as little as in values.</summary>
    public Value Redact(Value value)
    {
        if (IsEmpty)
            return value;
        if (value.TryGetString(out var text))
            return Redact(text);
        if (value.TryGetList(out var list))
            return Redact(list);
        if (value.TryGetMap(out var map))
            return Redact(map);
        return _hasNumbers && value.Kind is ValueKind.Int or ValueKind.UInt or ValueKind.Double && Redact(value.ToJson()) is var number && number.StartsWith('[') ? number : value;
    }

    /// <summary>An outcome without secrets, whichever way an attempt ended.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="logs">Takes further secrets out of its log lines.</param>
    public NodeOutcome Redact(NodeOutcome outcome, SecretRedactor logs)
    {
        if (IsEmpty && logs.IsEmpty)
            return outcome;
        return outcome with
        {
            Output = Redact(outcome.Output),
            Meta = Redact(outcome.Meta),
            Error = outcome.Error is { } error ? Redact(error) : null,
            Variables = outcome.Variables is { } variables ? Redact(variables).AsMap() : null,
            Logs = [.. outcome.Logs.Select(line => Redact(logs.Redact(line)))],
        };
    }

    // The type, too: it may be another service's word.
    private NodeError Redact(NodeError error) => ReferenceEquals(error.Message, OwnSentence)
        ? error
        : error with { Type = Redact(error.Type), Message = Redact(error.Message), Details = Redact(error.Details) };

    private LogLine Redact(LogLine line) => line with { Message = Redact(line.Message), Data = Redact(line.Data) };

    /// <summary>How many characters at a text's end could be the beginning of a secret that goes on.</summary>
    internal int OpenEnd(ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var (form, _) in _forms)
        {
            for (var length = Math.Min(form.Text.Length - 1, text.Length); length > longest; length--)
            {
                if (text.EndsWith(form.Text.AsSpan(0, length), StringComparison.Ordinal))
                    longest = length;
            }
        }
        return longest;
    }

    private int NextFrom(string text, int start)
    {
        if (start >= text.Length)
            return -1;
        var at = text.AsSpan(start).IndexOfAny(_search);
        return at < 0 ? -1 : start + at;
    }

    // No mark: nothing is there.
    private (string Mark, int End) MatchAt(string text, int at)
    {
        foreach (var (form, mark) in _forms)
        {
            if (!IsAt(text, at, form) || (form.IsWhole && !BeginsWhole(text, at)))
                continue;
            var end = at + form.Text.Length;
            var all = EndOfOverlapping(text, at, end);
            if (!form.IsWhole || EndsWhole(text, end) || (all > end && EndsWhole(text, all)))
                return (mark, all);
        }
        return ("", at + 1);
    }

    // Secrets that overlap are taken out together: the rest of the second would give it away.
    private int EndOfOverlapping(string text, int at, int end)
    {
        for (var start = at + 1; start < end; start++)
        {
            foreach (var (form, _) in _forms)
            {
                if (IsAt(text, start, form))
                    end = Math.Max(end, start + form.Text.Length);
            }
        }
        return end;
    }

    private static bool IsAt(string text, int at, SecretForm form) =>
        string.CompareOrdinal(text, at, form.Text, 0, form.Text.Length) == 0;

    private static bool BeginsWhole(string text, int at) =>
        at == 0 || !AreOneWord(text[at - 1], text[at]) || IsEscape(text, at);

    private static bool EndsWhole(string text, int end) => end == text.Length || !AreOneWord(text[end - 1], text[end]);

    private static bool AreOneWord(char left, char right) =>
        (char.IsLetter(left) && char.IsLetter(right)) || (char.IsDigit(left) && char.IsDigit(right));

    // What ends before is one letter of an escape: \n, %3D.
    private static bool IsEscape(string text, int start) => (start >= 2 && text[start - 2] == '\\')
        || (start >= 3 && text[start - 3] == '%' && char.IsAsciiHexDigit(text[start - 2]) && char.IsAsciiHexDigit(text[start - 1]));

    private Value Redact(ListValue list)
    {
        Value[]? changed = null;
        for (var i = 0; i < list.Count; i++)
        {
            var item = Redact(list[i]);
            if (changed is not null || !Same(item, list[i]))
                (changed ??= list.Span.ToArray())[i] = item;
        }
        return changed is null ? list : ListValue.Own(changed);
    }

    private Value Redact(MapValue map)
    {
        var isChanged = false;
        var clean = new MapBuilder();
        foreach (var entry in map.Entries)
        {
            var key = Redact(entry.Key.AsString());
            var value = Redact(entry.Value);
            isChanged |= !ReferenceEquals(key, entry.Key.AsString()) || !Same(value, entry.Value);
            clean.Set(key, value);
        }
        return isChanged ? clean.Build() : map;
    }

    private static bool Same(Value left, Value right) =>
        left.TryGetString(out var text)
            ? right.TryGetString(out var other) && ReferenceEquals(text, other)
            : left.AsHeap() is { } heap
            ? ReferenceEquals(heap, right.AsHeap())
            : left.Kind == right.Kind;
}
