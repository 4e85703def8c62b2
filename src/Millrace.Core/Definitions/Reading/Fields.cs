using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>One authored field: what it holds and where it stands.</summary>
internal readonly record struct Field(Value Value, SourcePointer At);

/// <summary>
/// The fields of one authored object. Reading a field takes it; what is left at the end is unknown. A field of the wrong type is
/// reported and read as absent. Names match however they are written: nextSteps, next_steps.
/// </summary>
internal sealed class Fields
{
    private readonly MapValue _map;
    private readonly bool[] _taken;
    private readonly ProblemList _problems;
    private readonly Func<string, bool>? _withheld;

    /// <summary>Starts with nothing taken; fields that <paramref name="withheld"/> names are never taken and stay in the rest.</summary>
    public Fields(MapValue map, SourcePointer at, ProblemList problems, Func<string, bool>? withheld = null)
    {
        _map = map;
        _taken = new bool[map.Count];
        _problems = problems;
        _withheld = withheld;
        At = at;
    }

    /// <summary>Where the object stands.</summary>
    public SourcePointer At { get; }

    /// <summary>Takes the first of the names that is there; a second one is ambiguous and reported. Null counts as absent.</summary>
    public bool TryTake(out Field field, params ReadOnlySpan<string> names)
    {
        field = default;
        var found = false;
        for (var i = 0; i < _taken.Length; i++)
        {
            var key = _map.Entries[i].Key.AsString();
            if (_taken[i] || !Naming.IsOneOf(key, names) || _withheld?.Invoke(key) == true)
                continue;
            _taken[i] = true;
            if (_map.Entries[i].Value.IsNull)
                continue;
            if (found)
                _problems.Error(At.At(key), "duplicate_field", $"'{key}' means the same as '{LastKey(field.At)}'; keep one.");
            else
                field = new(_map.Entries[i].Value, At.At(key));
            found = true;
        }
        return found;
    }

    /// <summary>Takes a text field by one of its names; null if it is missing or of another type.</summary>
    public string? Text(params ReadOnlySpan<string> names) => TryTake(out var field, names) ? TextOf(field) : null;

    /// <summary>Takes text; a number is taken for its digits, as YAML authors write ids and versions without quotes.</summary>
    public string? Label(params ReadOnlySpan<string> names)
    {
        if (!TryTake(out var field, names))
            return null;
        return field.Value.Kind is ValueKind.Int or ValueKind.UInt or ValueKind.Double ? field.Value.ToJson() : TextOf(field);
    }

    /// <summary>Takes true or false.</summary>
    public bool? Flag(params ReadOnlySpan<string> names)
    {
        if (!TryTake(out var field, names))
            return null;
        if (field.Value.TryGetBool(out var flag))
            return flag;
        WrongType(field, "true or false");
        return null;
    }

    /// <summary>Takes a whole number that fits an int.</summary>
    public int? Integer(params ReadOnlySpan<string> names)
    {
        if (!TryTake(out var field, names))
            return null;
        if (field.Value.TryGetInt(out var number) && number is >= int.MinValue and <= int.MaxValue)
            return (int)number;
        WrongType(field, "a whole number");
        return null;
    }

    /// <summary>Takes a duration. A bare number so small that seconds were probably meant is warned about.</summary>
    public TimeSpan? Duration(int suspiciousBelow, params ReadOnlySpan<string> names)
    {
        if (!TryTake(out var field, names))
            return null;
        if (!Durations.TryRead(field.Value, out var duration))
        {
            WrongType(field, Durations.Expected);
            return null;
        }
        if (Durations.Suspicion(field.Value, suspiciousBelow) is { } doubt)
            _problems.Warn(field.At, "suspicious_duration", doubt);
        return duration;
    }

    /// <summary>Takes a duration in which a bare number is seconds.</summary>
    public TimeSpan? Seconds(params ReadOnlySpan<string> names)
    {
        if (!TryTake(out var field, names))
            return null;
        if (Durations.TryReadSeconds(field.Value, out var duration))
            return duration;
        WrongType(field, Durations.ExpectedSeconds);
        return null;
    }

    /// <summary>Takes an object field by one of its names; null if it is missing or of another type.</summary>
    public Field? Map(params ReadOnlySpan<string> names)
    {
        if (!TryTake(out var field, names))
            return null;
        if (field.Value.Kind == ValueKind.Map)
            return field;
        WrongType(field, "an object");
        return null;
    }

    /// <summary>Takes a list; anything else counts as a list of one where <paramref name="orOne"/> says so.</summary>
    public IReadOnlyList<Field> List(bool orOne, params ReadOnlySpan<string> names)
    {
        if (!TryTake(out var field, names))
            return [];
        if (field.Value.TryGetList(out var list))
            return [.. list.Select((item, index) => new Field(item, field.At.At(index)))];
        if (orOne)
            return [field];
        WrongType(field, "a list");
        return [];
    }

    /// <summary>Marks fields as known without reading them.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        for (var i = 0; i < _taken.Length; i++)
        {
            var key = _map.Entries[i].Key.AsString();
            _taken[i] = _taken[i] || (Naming.IsOneOf(key, names) && _withheld?.Invoke(key) != true);
        }
    }

    /// <summary>What has not been taken, as authored.</summary>
    public MapValue Rest()
    {
        var builder = new MapBuilder();
        for (var i = 0; i < _taken.Length; i++)
        {
            if (!_taken[i])
                builder.Set(_map.Entries[i].Key.AsString(), _map.Entries[i].Value);
        }
        return builder.Build();
    }

    /// <summary>Warns about every field that was not taken. Names that begin with "x-" or "$" belong to other tools.</summary>
    public void WarnAboutRest(string owner, IReadOnlyCollection<string> known, Func<string, string?>? suggest = null)
    {
        foreach (var entry in Rest().Entries)
        {
            var key = entry.Key.AsString();
            if (key.StartsWith("x-", StringComparison.OrdinalIgnoreCase) || key.StartsWith('$'))
                continue;
            _problems.Warn(
                At.At(key),
                "unknown_field",
                $"{owner} has no field '{key}', so it is ignored.",
                suggest?.Invoke(key) ?? _problems.Suggestions.Closest(key, known));
        }
    }

    /// <summary>Reports a field of the wrong type.</summary>
    public void WrongType(Field field, string expected) =>
        _problems.Error(field.At, "wrong_type", $"'{LastKey(field.At)}' must be {expected}, not {Describe(field.Value)}.");

    /// <summary>A value in the words of a sentence.</summary>
    public static string Describe(Value value) => value.Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Bool => "true or false",
        ValueKind.Int or ValueKind.UInt or ValueKind.Double => "a number",
        ValueKind.String => value.AsString().Length <= 40 ? $"'{value.AsString()}'" : "text",
        ValueKind.List => "a list",
        _ => "an object",
    };

    private string? TextOf(Field field)
    {
        if (field.Value.TryGetString(out var text))
            return text;
        WrongType(field, "text");
        return null;
    }

    private static string LastKey(SourcePointer at) => at.ToString()[(at.ToString().LastIndexOf('/') + 1)..];
}
