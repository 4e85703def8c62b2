using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Words.Tests;

/// <summary>The prose of C#: strings that are sentences or parts of one, and documentation of members.</summary>
internal static partial class CodeText
{
    private const int PatienceMilliseconds = 5_000;

    public static IEnumerable<Passage> Of(string path)
    {
        var root = CSharpSyntaxTree.ParseText(Repository.Read(path)).GetRoot();
        foreach (var token in root.DescendantTokens(descendIntoTrivia: true))
        {
            if (KindOf(token) is { } kind)
                yield return new(path, LineOf(token.GetLocation()), kind, token.ValueText);
        }
    }

    private static PassageKind? KindOf(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.StringLiteralToken or SyntaxKind.Utf8StringLiteralToken or SyntaxKind.InterpolatedStringTextToken
            or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
            when IsSentence(token.ValueText) => PassageKind.Message,
        SyntaxKind.XmlTextLiteralToken when !IsCode(token) => PassageKind.Documentation,
        _ => null,
    };

    // Two words beside each other, and no statement for the database.
    private static bool IsSentence(string text) => TwoWords().IsMatch(text) && !Sql().IsMatch(text);

    private static bool IsCode(SyntaxToken token) =>
        token.Parent is XmlTextAttributeSyntax
        || token.Parent?.Parent is XmlElementSyntax { StartTag.Name.LocalName.ValueText: "c" or "code" };

    private static int LineOf(Location location) => location.GetLineSpan().StartLinePosition.Line + 1;

    [GeneratedRegex("[a-z]{2,} [a-z]{2,}", RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex TwoWords();

    [GeneratedRegex(
        @"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|WHERE|VALUES|PRAGMA|AND|ORDER BY|JOIN|SET|FROM|CASE|UNION|NOT)\b",
        RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex Sql();
}
