namespace Millrace.Core.Patterns;

/// <summary>Parses RE2's syntax. What only a backtracking engine can do is refused by its name.</summary>
internal sealed class PatternParser(string source)
{
    private const int MaxDepth = 200;
    private const int MaxCount = 1_000;

    private readonly PatternCursor _cursor = new(source);
    private PatternFlags _flags;
    private int _depth;

    public PatternSyntax? Parse(out string? error)
    {
        var syntax = Alternatives();
        if (_cursor.Error is null && !_cursor.AtEnd)
            _cursor.Fail("a ')' closes no group");
        error = _cursor.Error;
        return error is null ? syntax : null;
    }

    private PatternSyntax Alternatives()
    {
        var parts = new List<PatternSyntax> { Terms() };
        while (_cursor.TryTake("|"))
            parts.Add(Terms());
        return parts is [var only] ? only : new PatternSyntax.Choice(parts);
    }

    private PatternSyntax Terms()
    {
        var parts = new List<PatternSyntax>();
        while (!_cursor.AtEnd && !_cursor.Sees('|') && !_cursor.Sees(')'))
        {
            if (_cursor.TryTake(@"\Q"))
            {
                parts.AddRange(_cursor.TakeQuoted().Select(Literal));
                if (parts.Count > 0)
                    parts[^1] = Repeated(parts[^1]);
            }
            else if (Atom() is { } atom)
            {
                parts.Add(Repeated(atom));
            }
        }
        return parts is [var only] ? only : new PatternSyntax.Sequence(parts);
    }

    // Null for flags, which match nothing.
    private PatternSyntax? Atom()
    {
        var c = _cursor.Take();
        return c switch
        {
            '(' => Group(),
            '[' => One(new PatternClassParser(_cursor, _flags).Parse()),
            '.' => One(_flags.DotMatchesAll ? CodePointSet.All : CodePointSet.Newline.Complement()),
            '^' => new PatternSyntax.Place(_flags.MultiLine ? PlaceKind.LineStart : PlaceKind.TextStart),
            '$' => new PatternSyntax.Place(_flags.MultiLine ? PlaceKind.LineEnd : PlaceKind.TextEnd),
            '*' or '+' or '?' => Fail($"'{(char)c}' repeats nothing"),
            '\\' => Escape(),
            _ => Literal(c),
        };
    }

    private PatternSyntax? Group()
    {
        if (_depth == MaxDepth)
            return Fail("its groups nest too deeply");
        var outer = _flags;
        var isGroup = true;
        if (_cursor.TryTake("?") && (!TryGroupHead(out isGroup) || !isGroup))
            return null;
        _depth++;
        var inner = Alternatives();
        _depth--;
        _flags = outer;
        return _cursor.TryTake(")") ? inner : Fail("a '(' is never closed");
    }

    // After "(?": a name, flags for a group, or flags for the rest of the group around.
    private bool TryGroupHead(out bool isGroup)
    {
        isGroup = true;
        if (_cursor.Sees('=') || _cursor.Sees('!') || _cursor.Sees("<=") || _cursor.Sees("<!"))
            return Refuse("look-around is not supported");
        if (_cursor.Sees('>') || _cursor.Sees('('))
            return Refuse("atomic and conditional groups are not supported");
        if (_cursor.TryTake("P<") || _cursor.TryTake("<"))
            return _cursor.TakeName() || Refuse("a group's name is letters, digits and '_' before a '>'");
        if (!_flags.TryRead(_cursor, out var flags, out isGroup))
            return Refuse("after '(?' come a ':', a '<name>' or the flags i, m, s and U");
        _flags = flags;
        return true;
    }

    private PatternSyntax Repeated(PatternSyntax atom)
    {
        if (!TryCount(out var least, out var most))
            return atom;
        if (least > MaxCount || most > MaxCount || most < least)
            return Fail($"a repetition counts from the lower to the higher, at most {MaxCount}") ?? atom;
        _cursor.TryTake("?");
        if (_cursor.Sees('*') || _cursor.Sees('+') || _cursor.Sees('?') || TryCount(out _, out _))
            return Fail("a repetition is repeated without a group between; possessive ones are not supported") ?? atom;
        return new PatternSyntax.Repeat(atom, least, most);
    }

    private bool TryCount(out int least, out int? most)
    {
        (least, most) = (0, null);
        if (_cursor.TryTake("*"))
            return true;
        if (_cursor.TryTake("+"))
            return (least = 1) == 1;
        if (_cursor.TryTake("?"))
            return (most = 1) == 1;
        return _cursor.TryTakeCount(out least, out most);
    }

    private PatternSyntax? Escape()
    {
        if (_cursor.TryTake("A"))
            return new PatternSyntax.Place(PlaceKind.TextStart);
        if (_cursor.TryTake("z"))
            return new PatternSyntax.Place(PlaceKind.TextEnd);
        if (_cursor.TryTake("b"))
            return new PatternSyntax.Place(PlaceKind.WordBoundary);
        if (_cursor.TryTake("B"))
            return new PatternSyntax.Place(PlaceKind.NotWordBoundary);
        var classes = new PatternClassParser(_cursor, _flags);
        return classes.TryNamed(out var set) ? One(set) : Literal(classes.EscapedCharacter());
    }

    private PatternSyntax.One Literal(int codePoint)
    {
        var set = CodePointSet.Of((codePoint, codePoint));
        return One(_flags.IgnoreCase ? set.WithCases() : set);
    }

    private static PatternSyntax.One One(CodePointSet set) => new(set);

    private PatternSyntax? Fail(string message)
    {
        _cursor.Fail(message);
        return null;
    }

    private bool Refuse(string message) => Fail(message) is not null;
}
