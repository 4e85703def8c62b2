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
            ("str", _) or ("null", ValueKind.Null) or ("bool", ValueKind.Bool) or ("int", ValueKind.Int) or ("float", ValueKind.Double) =>
                resolved,
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
        if (Integer().IsMatch(text))
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
                ? (Value)integer
                : ParseDouble(text);
        if (text.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal)
            && hexadecimal >= 0)
            return hexadecimal;
        if (Octal().IsMatch(text))
            return Convert.ToInt64(text[2..], 8);
        return Float().IsMatch(text) ? (Value)ParseDouble(text) : text;
    }

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
        var special = scalar.Value.TrimStart('+', '-');
        if (special is ".inf" or ".Inf" or ".INF" or ".nan" or ".NaN" or ".NAN"
            || (value.Kind == ValueKind.Double && !double.IsFinite(value.AsDouble())))
            throw YamlDocumentReader.Refuse(scalar.Start, "invalid_number", $"'{scalar.Value}' is not a JSON number.");
        return value;
    }

    private static UnreadableDocumentException UnknownTag(NodeEvent node) =>
        YamlDocumentReader.Refuse(node.Start, "invalid_tag", $"The tag '{node.Tag.Value}' is not supported; remove it.");

    private static double ParseDouble(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Integer();

    [GeneratedRegex("^0o[0-7]{1,20}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Octal();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Float();
}
