using System.Text;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>Text: CEL's own functions and the "strings" extension. Indexes count code points.</summary>
internal static class TextFunctions
{
    public static void Register(FunctionTable table)
    {
        table.Function("size(string)", Size).Method("string.size()", Size);
        table
            .Method("string.contains(string)", Contains)
            .Method("string.startsWith(string)", StartsWith)
            .Method("string.endsWith(string)", EndsWith);
        table.Method("string.charAt(int)", CharAt);
        table.Method("string.indexOf(string)", IndexOf).Method("string.indexOf(string, int)", IndexOf);
        table.Method("string.lastIndexOf(string)", LastIndexOf).Method("string.lastIndexOf(string, int)", LastIndexOf);
        table.Method("string.substring(int)", Substring).Method("string.substring(int, int)", Substring);
        table.Method("string.lowerAscii()", LowerAscii).Method("string.upperAscii()", UpperAscii);
        table.Method("string.trim()", Trim).Method("string.reverse()", Reverse);
        table.Method("string.replace(string, string)", Replace).Method("string.replace(string, string, int)", Replace);
        table.Method("string.split(string)", Split).Method("string.split(string, int)", Split);
        table.Method("list.join()", Join).Method("list.join(string)", Join);
        table.Method("string.format(list)", TextFormat.Format);
        table.Function("strings.quote(string)", Quote);
    }

    private static bool OutOfRange(ref EvaluationFrame frame, in Value index, int position) =>
        frame.Fail(static (found, _) => $"index out of range: {Texts.Show(found)}", index, position);

    private static bool Size(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var text = arguments[0].AsString();
        result = (long)CodePoints.Count(text);
        return frame.Charge(text.Length >> 6, position);
    }

    private static bool Contains(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        if (!ChargeSearch(ref frame, arguments[0].AsString(), arguments[1].AsString(), position))
            return false;
        result = arguments[0].AsString().Contains(arguments[1].AsString(), StringComparison.Ordinal);
        return true;
    }

    private static bool StartsWith(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = arguments[0].AsString().StartsWith(arguments[1].AsString(), StringComparison.Ordinal);
        return frame.Charge(arguments[1].AsString().Length >> 6, position);
    }

    private static bool EndsWith(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = arguments[0].AsString().EndsWith(arguments[1].AsString(), StringComparison.Ordinal);
        return frame.Charge(arguments[1].AsString().Length >> 6, position);
    }

    // Searching is as long as the text in practice and text times part at worst.
    private static bool ChargeSearch(ref EvaluationFrame frame, string text, string part, int position) =>
        frame.Charge((text.Length >> 5) + ((long)text.Length * Math.Min(part.Length, text.Length) >> 12), position);

    private static bool CharAt(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = "";
        var text = arguments[0].AsString();
        var offset = CodePoints.Offset(text, arguments[1].AsInt());
        if (offset < 0)
            return OutOfRange(ref frame, arguments[1], position);
        if (offset < text.Length)
            result = text.Substring(offset, CodePoints.Width(text, offset));
        return frame.AllocateText(2, position) && frame.Charge(text.Length >> 6, position);
    }

    private static bool IndexOf(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var (text, part) = (arguments[0].AsString(), arguments[1].AsString());
        if (!ChargeSearch(ref frame, text, part, position))
            return false;
        var start = arguments.Length > 2 ? CodePoints.Offset(text, arguments[2].AsInt()) : 0;
        if (start < 0)
            return OutOfRange(ref frame, arguments[2], position);
        var found = text.IndexOf(part, start, StringComparison.Ordinal);
        result = found < 0 ? -1 : CodePoints.Index(text, found);
        return true;
    }

    private static bool LastIndexOf(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var (text, part) = (arguments[0].AsString(), arguments[1].AsString());
        if (!ChargeSearch(ref frame, text, part, position))
            return false;
        var start = arguments.Length > 2 ? CodePoints.Offset(text, arguments[2].AsInt()) : text.Length;
        if (start < 0)
            return OutOfRange(ref frame, arguments[2], position);
        // A match may begin at the start index and reach beyond it.
        var end = Math.Min(text.Length, (long)start + part.Length);
        var found = text.AsSpan(0, (int)end).LastIndexOf(part, StringComparison.Ordinal);
        result = found < 0 ? -1 : CodePoints.Index(text, found);
        return true;
    }

    private static bool Substring(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var text = arguments[0].AsString();
        if (!frame.Charge(text.Length >> 6, position))
            return false;
        var start = CodePoints.Offset(text, arguments[1].AsInt());
        if (start < 0)
            return OutOfRange(ref frame, arguments[1], position);
        var end = arguments.Length > 2 ? CodePoints.Offset(text, arguments[2].AsInt()) : text.Length;
        if (end < start)
            return OutOfRange(ref frame, arguments[2], position);
        if (!frame.AllocateText(end - start, position))
            return false;
        result = text[start..end];
        return true;
    }

    private static bool LowerAscii(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result) =>
        Map(ref frame, arguments[0], static c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c, position, out result);

    private static bool UpperAscii(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result) =>
        Map(ref frame, arguments[0], static c => char.IsAsciiLetterLower(c) ? (char)(c & ~0x20) : c, position, out result);

    private static bool Map(ref EvaluationFrame frame, in Value value, Func<char, char> map, int position, out Value result)
    {
        result = default;
        var text = value.AsString();
        if (!frame.AllocateText(text.Length, position))
            return false;
        result = string.Create(text.Length, (text, map), static (span, state) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = state.map(state.text[i]);
        });
        return true;
    }

    private static bool Trim(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var text = arguments[0].AsString();
        var length = text.AsSpan().Trim().Length;
        result = arguments[0];
        if (length == text.Length)
            return true;
        if (!frame.AllocateText(length, position))
            return false;
        result = text.Trim();
        return true;
    }

    private static bool Reverse(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var text = arguments[0].AsString();
        if (!frame.AllocateText(text.Length, position))
            return false;
        result = string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < source.Length;)
            {
                var width = CodePoints.Width(source, i);
                source.AsSpan(i, width).CopyTo(span[(source.Length - i - width)..]);
                i += width;
            }
        });
        return true;
    }

    private static bool Replace(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var (text, old, fresh) = (arguments[0].AsString(), arguments[1].AsString(), arguments[2].AsString());
        var limit = arguments.Length > 3 && arguments[3].AsInt() >= 0 ? arguments[3].AsInt() : long.MaxValue;
        result = arguments[0];
        if (!ChargeSearch(ref frame, text, old, position))
            return false;
        var builder = new StringBuilder();
        var done = 0;
        while (limit-- > 0)
        {
            // An empty text is found before every code point and at the end.
            var at = old.Length > 0 ? text.IndexOf(old, done, StringComparison.Ordinal) : done;
            if (at < 0)
                break;
            if (!frame.AllocateText(at - done + fresh.Length, position))
                return false;
            builder.Append(text, done, at - done).Append(fresh);
            done = at + old.Length;
            if (old.Length > 0)
                continue;
            if (done >= text.Length)
                break;
            var width = CodePoints.Width(text, done);
            builder.Append(text, done, width);
            done += width;
        }
        if (builder.Length == 0 && done == 0)
            return true;
        result = builder.Append(text, done, text.Length - done).ToString();
        return frame.AllocateText(text.Length - done, position);
    }

    private static bool Split(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = ListValue.Empty;
        var (text, separator) = (arguments[0].AsString(), arguments[1].AsString());
        var limit = arguments.Length > 2 && arguments[2].AsInt() >= 0 ? arguments[2].AsInt() : long.MaxValue;
        if (limit == 0)
            return true;
        if (!ChargeSearch(ref frame, text, separator, position) || !frame.AllocateText(text.Length, position))
            return false;
        var parts = new List<Value>();
        var done = 0;
        while (parts.Count + 1 < limit)
        {
            var at = separator.Length > 0 ? text.IndexOf(separator, done, StringComparison.Ordinal) : NextBoundary(text, done);
            if (at < 0)
                break;
            if (!frame.Allocate(40, position))
                return false;
            parts.Add(text[done..at]);
            done = at + separator.Length;
        }
        if (separator.Length > 0 || done < text.Length)
            parts.Add(text[done..]);
        result = ListValue.Own([.. parts]);
        return true;
    }

    private static int NextBoundary(string text, int offset)
    {
        var next = offset < text.Length ? offset + CodePoints.Width(text, offset) : text.Length;
        return next < text.Length ? next : -1;
    }

    private static bool Join(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var separator = arguments.Length > 1 ? arguments[1].AsString() : "";
        var items = arguments[0].AsList();
        var texts = new string[items.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            if (!items[i].TryGetString(out var text))
                return frame.Fail(
                    static (found, _) =>
                        $"no such overload: join() needs a list of strings, found {Kinds.Name(found)} in it; convert with list.map(x, "
                            + "string(x))",
                    items[i],
                    position);
            if (!frame.AllocateText(text.Length + separator.Length, position))
                return false;
            texts[i] = text;
        }
        result = string.Join(separator, texts);
        return true;
    }

    private static bool Quote(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var text = arguments[0].AsString();
        if (!frame.AllocateText(text.Length * 2L, position))
            return false;
        var builder = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '\a' => builder.Append("\\a"),
                '\b' => builder.Append("\\b"),
                '\f' => builder.Append("\\f"),
                '\n' => builder.Append("\\n"),
                '\r' => builder.Append("\\r"),
                '\t' => builder.Append("\\t"),
                '\v' => builder.Append("\\v"),
                '\\' => builder.Append("\\\\"),
                '"' => builder.Append("\\\""),
                _ => builder.Append(c),
            };
        }
        result = builder.Append('"').ToString();
        return true;
    }
}
