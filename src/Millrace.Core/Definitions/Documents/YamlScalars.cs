using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Core.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Millrace.Core.Definitions.Documents;

/// <summary>What a YAML scalar means under the core schema of YAML 1.2: yes and no are text, 0o17 and 0xF are numbers.</summary>
internal static partial class YamlScalars
{
    private const string CoreTag = "tag:yaml.org,2002:";

    public static Value Resolve(Scalar scalar)
    {
        CheckText(scalar);
        var tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        if (tag.Length == 0)
            return scalar.Style == ScalarStyle.Plain ? ResolvePlain(scalar) : scalar.Value;
        var resolved = tag switch
        {
            "!" or CoreTag + "str" => scalar.Value,
            CoreTag + "null" or CoreTag + "bool" or CoreTag + "int" or CoreTag + "float" => ResolvePlain(scalar),
            _ => throw UnknownTag(scalar),
        };
        var wanted = tag.StartsWith(CoreTag, StringComparison.Ordinal) ? tag[CoreTag.Length..] : "str";
        return (wanted, resolved.Kind) switch
        {
            ("float", ValueKind.Int) => (double)resolved.AsInt(),
            ("float", ValueKind.UInt) => (double)resolved.AsUInt(),
            ("str", _) or ("null", ValueKind.Null) or ("bool", ValueKind.Bool) => resolved,
            ("int", ValueKind.Int or ValueKind.UInt) or ("float", ValueKind.Double) => resolved,
            _ => throw YamlDocumentReader.Refuse(scalar.Start, "invalid_tag", $"'{scalar.Value}' is not a valid !!{wanted}."),
        };
    }

    private static Value ResolvePlain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return Value.Null;
            case "true" or "True" or "TRUE": return true;
            case "false" or "False" or "FALSE": return false;
        }
        if (Float().IsMatch(text) && !Integer().IsMatch(text))
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (Integer().IsMatch(text) && NumberText.TryReadWhole(text, out var whole))
            return whole;
        if (text.StartsWith("0x", StringComparison.Ordinal) && text.Length is > 2 and <= 18
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal))
            return ToValue(hexadecimal);
        return Octal().IsMatch(text) ? ToValue(Convert.ToUInt64(text[2..], 8)) : text;
    }

    private static Value ToValue(ulong number) => number <= long.MaxValue ? (long)number : Value.From(number);

    public static void CheckTag(NodeEvent node, string wanted)
    {
        if (!node.Tag.IsEmpty && node.Tag.Value is not "!" && !string.Equals(node.Tag.Value, CoreTag + wanted, StringComparison.Ordinal))
            throw UnknownTag(node);
    }

    public static void CheckText(Scalar scalar)
    {
        if (scalar.Value.Contains('\0'))
            throw YamlDocumentReader.Refuse(scalar.Start, "invalid_text", "The text has a NUL character; remove it.");
        for (var i = 0; i < scalar.Value.Length; i++)
        {
            if (!char.IsSurrogate(scalar.Value[i]))
                continue;
            if (i + 1 >= scalar.Value.Length || !char.IsSurrogatePair(scalar.Value[i], scalar.Value[i + 1]))
                throw YamlDocumentReader.Refuse(
                    scalar.Start, "invalid_text", "The text has half of a surrogate pair; write the whole character.");
            i++;
        }
    }

    private static Value ResolvePlain(Scalar scalar)
    {
        var value = ResolvePlain(scalar.Value);
        if (value.Kind == ValueKind.String && Whole().IsMatch(scalar.Value))
            throw YamlDocumentReader.Refuse(scalar.Start, "invalid_number", NumberText.TooManyDigits);
        var special = scalar.Value.TrimStart('+', '-');
        if (special is ".inf" or ".Inf" or ".INF" or ".nan" or ".NaN" or ".NAN"
            || (value.Kind == ValueKind.Double && !double.IsFinite(value.AsDouble())))
            throw YamlDocumentReader.Refuse(scalar.Start, "invalid_number", $"'{scalar.Value}' is not a JSON number.");
        return value;
    }

    private static UnreadableDocumentException UnknownTag(NodeEvent node) =>
        YamlDocumentReader.Refuse(node.Start, "invalid_tag", $"The tag '{node.Tag.Value}' is not supported; remove it.");

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Integer();

    [GeneratedRegex("^0o0*[01]?[0-7]{1,21}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Octal();

    [GeneratedRegex("^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Float();
}
