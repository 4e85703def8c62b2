namespace Millrace.Core.Patterns;

/// <summary>What (?i), (?m) and (?s) switch. (?U) is taken, and changes nothing about whether a text matches.</summary>
internal readonly record struct PatternFlags(bool IgnoreCase, bool MultiLine, bool DotMatchesAll)
{
    /// <summary>Reads "flags:" (a group follows) or "flags)".</summary>
    public bool TryRead(PatternCursor cursor, out PatternFlags flags, out bool isGroup)
    {
        flags = this;
        isGroup = false;
        var on = true;
        var isOpen = false;
        while (!cursor.AtEnd)
        {
            var c = cursor.Take();
            if (c is ':' or ')')
            {
                isGroup = c == ':';
                // "(?)" and "(?-)" switch nothing, so a flag was forgotten.
                return isGroup ? on || isOpen : isOpen;
            }
            if (c == '-' && on)
                (on, isOpen) = (false, false);
            else if (flags.With(c, on) is { } changed)
                (flags, isOpen) = (changed, true);
            else
                return false;
        }
        return false;
    }

    private PatternFlags? With(int flag, bool on) => flag switch
    {
        'i' => this with { IgnoreCase = on },
        'm' => this with { MultiLine = on },
        's' => this with { DotMatchesAll = on },
        'U' => this,
        _ => null,
    };
}
