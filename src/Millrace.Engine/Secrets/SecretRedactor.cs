using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Secrets;

/// <summary>Replaces secrets, in every form in which they may come back, by "[secret NAME]".</summary>
public sealed class SecretRedactor
{
    private readonly ImmutableArray<(string Form, string Mark)> _forms;
    private readonly SearchValues<string> _search;
    private readonly bool _hasNumbers;

    /// <summary>Looks for some secrets, by name; values shorter than six characters are not looked for.</summary>
    public SecretRedactor(IEnumerable<KeyValuePair<string, string>> secrets)
    {
        _forms = [.. secrets
            .SelectMany(secret => SecretForms.Of(secret.Value).Select(form => (Form: form, Mark: $"[secret {secret.Key}]")))
            .DistinctBy(form => form.Form, StringComparer.Ordinal)
            .OrderByDescending(form => form.Form.Length)];
        _search = SearchValues.Create([.. _forms.Select(form => form.Form)], StringComparison.Ordinal);
        _hasNumbers = _forms.Any(form => form.Form.All(char.IsAsciiDigit));
    }

    /// <summary>A redactor without secrets, which changes nothing.</summary>
    public static SecretRedactor None { get; } = new([]);

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => _forms.IsEmpty;

    /// <summary>A text without secrets.</summary>
    public string Redact(string text)
    {
        if (IsEmpty || text.AsSpan().IndexOfAny(_search) is var at && at < 0)
            return text;
        var clean = new StringBuilder();
        var done = 0;
        for (; at >= 0; at = NextFrom(text, done))
        {
            var (mark, end) = MatchAt(text, at);
            clean.Append(text, done, at - done).Append(mark);
            done = end;
        }
        return clean.Append(text, done, text.Length - done).ToString();
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
    public NodeOutcome Redact(NodeOutcome outcome)
    {
        if (IsEmpty)
            return outcome;
        return outcome with
        {
            Output = Redact(outcome.Output),
            Meta = Redact(outcome.Meta),
            Error = outcome.Error is { } error ? error with { Message = Redact(error.Message), Details = Redact(error.Details) } : null,
            Variables = outcome.Variables is { } variables ? Redact(variables).AsMap() : null,
            Logs = [.. outcome.Logs.Select(line => line with { Message = Redact(line.Message), Data = Redact(line.Data) })],
        };
    }

    /// <summary>How many characters at a text's end could be the beginning of a secret that goes on.</summary>
    internal int OpenEnd(ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var (form, _) in _forms)
        {
            for (var length = Math.Min(form.Length - 1, text.Length); length > longest; length--)
            {
                if (text.EndsWith(form.AsSpan(0, length), StringComparison.Ordinal))
                    longest = length;
            }
        }
        return longest;
    }

    private int NextFrom(string text, int start)
    {
        var at = text.AsSpan(start).IndexOfAny(_search);
        return at < 0 ? -1 : start + at;
    }

    // Secrets that overlap are taken out together: the rest of the second would give it away.
    private (string Mark, int End) MatchAt(string text, int at)
    {
        var (mark, end) = ("", at + 1);
        for (var start = at; start < end; start++)
        {
            foreach (var (form, name) in _forms)
            {
                if (string.CompareOrdinal(text, start, form, 0, form.Length) != 0)
                    continue;
                if (start == at && mark.Length == 0)
                    mark = name;
                end = Math.Max(end, start + form.Length);
                break;
            }
        }
        return (mark, end);
    }

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
