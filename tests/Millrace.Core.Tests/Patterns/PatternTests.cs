using System.Text;
using System.Text.RegularExpressions;
using Millrace.Core.Expressions;
using Millrace.Core.Patterns;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Patterns;

public sealed class PatternTests
{
    // What RE2 says.
    [Theory]
    [InlineData("^.$", "😀", true)]
    [InlineData("^..$", "😀", false)]
    [InlineData("^[😀-😂]$", "😁", true)]
    [InlineData("^[^a]$", "😁", true)]
    [InlineData("^[^a]$", "\n", true)]
    [InlineData("😀+x", "😀😀😀x", true)]
    [InlineData("^😀{2}$", "😀😀", true)]
    [InlineData(@"^\x{1F600}\x41$", "😀A", true)]
    [InlineData("^x$", "x\n", false)]
    [InlineData("(?m)^x$", "x\n", true)]
    [InlineData("(?m)^b$", "a\nb\nc", true)]
    [InlineData("^b$", "a\nb\nc", false)]
    [InlineData(@"\Aa\z", "a", true)]
    [InlineData(".", "\n", false)]
    [InlineData("(?s).", "\n", true)]
    [InlineData("(?s:.)x", "\nx", true)]
    [InlineData(@"\d", "٣", false)]
    [InlineData(@"\p{Nd}", "٣", true)]
    [InlineData(@"\w", "é", false)]
    [InlineData(@"\W", "é", true)]
    [InlineData(@"\pL", "é", true)]
    [InlineData(@"^\p{^L}\PL$", "1é", false)]
    [InlineData(@"^\p{L}$", "𐐀", true)]
    [InlineData(@"\s", "\u00A0", false)]
    [InlineData(@"\s", "\v", false)]
    [InlineData("[[:space:]]", "\v", true)]
    [InlineData("^[[:^alpha:]]$", "1", true)]
    [InlineData(@"\bcaf\b", "café", true)]
    [InlineData(@"a\Bb", "ab", true)]
    [InlineData("(?i)straße", "STRASSE", false)]
    [InlineData("(?i)^k$", "\u212A", true)]
    [InlineData("(?i)^[^k]$", "K", false)]
    [InlineData("(?i)ÄÖ", "äö", true)]
    [InlineData("(?i)^𐐀$", "𐐨", true)]
    [InlineData("(?i:a)b", "Ab", true)]
    [InlineData("(?i:a)b", "AB", false)]
    [InlineData("a(?i)b|c", "C", true)]
    [InlineData("(?-i)a", "A", false)]
    [InlineData("^(?P<word>a|b)(?<other>c)$", "bc", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("^a{2,3}?$", "aaaa", false)]
    [InlineData("^a{2,}$", "aaaa", true)]
    [InlineData("^(a{0})$", "", true)]
    [InlineData("x{a}", "x{a}", true)]
    [InlineData("^(a*)*$", "aaab", false)]
    [InlineData("^[]a]+$", "]a", true)]
    [InlineData("^[a-]+$", "-a", true)]
    [InlineData(@"^[\d\-x]+$", "1-x", true)]
    [InlineData(@"^\Qa.b\E+$", "a.bb", true)]
    [InlineData(@"^\Qa.b\E+$", "axb", false)]
    [InlineData(@"^\_\.\0\07$", "_.\0\a", true)]
    [InlineData(@"^\u0041\cA[\u0041-\u0043\b]$", "A\u0001B", true)]
    [InlineData(@"^[\uD83D\uDE00-\uD83D\uDE02]\uD83D\uDE00$", "😁😀", true)]
    [InlineData("^[[:,]+$", "[:,", true)]
    [InlineData("", "", true)]
    [InlineData("a||b", "c", true)]
    [InlineData("^\uD83D$", "\uD83D", true)]
    public void Matching_is_as_in_RE2(string pattern, string text, bool matches)
    {
        var compiled = Pattern.Compile(pattern, out var error);
        Assert.True(compiled is not null, error);
        Assert.Equal(matches, IsMatch(compiled, text));
        // Once more, with the automaton that is there now.
        Assert.Equal(matches, IsMatch(compiled, text));
    }

    [Theory]
    [InlineData("(", "a '(' is never closed")]
    [InlineData("a)", "a ')' closes no group")]
    [InlineData("[a", "a '[' is never closed")]
    [InlineData("*a", "'*' repeats nothing")]
    [InlineData("(?=a)", "look-around is not supported")]
    [InlineData("(?<!a)b", "look-around is not supported")]
    [InlineData("(?>a)", "atomic and conditional groups are not supported")]
    [InlineData(@"(a)\1", "back-references are not supported")]
    [InlineData("a++", "a repetition is repeated without a group between; possessive ones are not supported")]
    [InlineData("a**", "a repetition is repeated without a group between; possessive ones are not supported")]
    [InlineData("a{3,2}", "a repetition counts from the lower to the higher, at most 1000")]
    [InlineData("a{99999999999}", "a repetition counts from the lower to the higher, at most 1000")]
    [InlineData("((a{100}){100}){100}", "it is too large: at most 5000 states once its repetitions are written out")]
    [InlineData("[z-a]", "a range in a '[...]' goes from the lower to the higher")]
    [InlineData("[[:nope:]]", "there is no class '[:nope:]'")]
    [InlineData(@"\p{Greek}", "'Greek' is not a Unicode category, such as L or Nd; scripts and long names are not supported")]
    [InlineData(@"\q", @"'\q' is not an escape")]
    [InlineData(@"\Z", @"'\Z' is not an escape")]
    [InlineData(@"a\", "it ends in the middle of an escape")]
    [InlineData(@"\xZ", @"after '\x' come two hexadecimal digits, or a code point as {1F600}")]
    [InlineData(@"\x4", @"after '\x' come two hexadecimal digits, or a code point as {1F600}")]
    [InlineData(@"\u004", @"after '\u' come four hexadecimal digits")]
    [InlineData(@"\uD83D\u0041", "after the first half of a surrogate pair comes its second")]
    [InlineData(@"\c1", @"after '\c' comes a letter from A to Z")]
    [InlineData("(?x)a", "after '(?' come a ':', a '<name>' or the flags i, m, s and U")]
    [InlineData("(?P<1-2>a)", "a group's name is letters, digits and '_' before a '>'")]
    public void What_cannot_be_used_is_said_in_words_of_patterns(string pattern, string expected)
    {
        Assert.Null(Pattern.Compile(pattern, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(@"\p")]
    [InlineData(@"\")]
    public void Half_of_a_pair_is_refused_like_another_character(string escape)
    {
        Assert.Null(Pattern.Compile(escape + '\uD83D', out var error));
        Assert.Contains("'", error, StringComparison.Ordinal);
    }

    // Where the two dialects agree, another engine must come to the same verdict.
    [Fact]
    public void Random_patterns_match_as_in_another_engine()
    {
        var random = new Random(20_260);
        for (var i = 0; i < 3_000; i++)
        {
            var source = RandomPattern(random, depth: 3);
            var compiled = Pattern.Compile(source, out var error);
            Assert.True(compiled is not null, $"{source}: {error}");
            var other = new Regex(source, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
            for (var j = 0; j < 10; j++)
            {
                var text = new string([.. Enumerable.Range(0, random.Next(9)).Select(_ => "ab1 _"[random.Next(5)])]);
                Assert.True(other.IsMatch(text) == IsMatch(compiled, text), $"{source} on '{text}'");
            }
        }
    }

    [Fact]
    public void An_automaton_that_grows_large_is_forgotten_and_built_again()
    {
        // Its deterministic form has 2 to the power of 15 states.
        var pattern = Pattern.Compile("a.{14}c", out _)!;
        var text = RandomText(60_000);
        Assert.False(IsMatch(pattern, text));
        Assert.True(IsMatch(pattern, text + "a01234567890123c"));
    }

    [Fact]
    public void What_is_kept_between_matches_is_small()
    {
        // Each of its states goes on from up to 450 places.
        var pattern = Pattern.Compile("a(?:..........){450}c", out _)!;
        Assert.False(pattern.IsMatch(RandomText(18_000), long.MaxValue, out _));
        Assert.Equal(0, pattern.IdleSize);
        Assert.False(pattern.IsMatch("aaaa", long.MaxValue, out _));
        Assert.InRange(pattern.IdleSize, 1, PatternMatcher.MaxIdleSize);
    }

    [Theory]
    [InlineData("a(?:..........){450}c", 18_000)]
    [InlineData("a.{14}c", 60_000)]
    [InlineData(@"^(?:(?:a|b)*\b){9}c", 2_000)]
    public void An_automaton_is_bounded_whatever_the_pattern_and_the_text(string source, int length)
    {
        var matcher = new PatternMatcher(new PatternProgram(new PatternParser(source).Parse(out _)!));
        for (var i = 0; i < 3; i++)
        {
            Assert.False(matcher.IsMatch(RandomText(length), long.MaxValue));
            Assert.InRange(matcher.Size, 1, 3 * PatternMatcher.MaxSize);
        }
    }

    [Fact]
    public void A_match_costs_what_was_done()
    {
        // Some 400 places at each of 18,000 characters.
        var pattern = Pattern.Compile("a(?:..........){450}c", out _)!;
        Assert.False(pattern.IsMatch(RandomText(18_000), long.MaxValue, out var cost));
        Assert.InRange(cost, 5_000_000, 20_000_000);
        Assert.False(Pattern.Compile("abc", out _)!.IsMatch(new string('a', 18_000), long.MaxValue, out var cheap));
        Assert.InRange(cheap, 1_000, 2_000);
    }

    [Fact]
    public void A_match_costs_the_same_again_and_whatever_was_matched_before()
    {
        string[] texts = [RandomText(400), "abab", RandomText(9_000), "b", RandomText(60)];
        var used = Pattern.Compile("a.{14}c", out _)!;
        foreach (var text in texts.Concat(texts))
        {
            used.IsMatch(text, long.MaxValue, out var cost);
            Pattern.Compile("a.{14}c", out _)!.IsMatch(text, long.MaxValue, out var alone);
            Assert.Equal(alone, cost);
        }
    }

    [Fact]
    public void A_match_stops_where_it_costs_too_much()
    {
        var pattern = Pattern.Compile("a(?:..........){450}c", out _)!;
        Assert.False(pattern.IsMatch(RandomText(1_000_000), 100_000, out var cost));
        Assert.InRange(cost, 100_001, 102_000);
        var text = Value.From(RandomText(100_000));
        var outcome = Expression.Parse("input.matches('a(?:..........){450}c')", out _)!
            .Evaluate(new Bindings(MapValue.Of(("input", text))));
        Assert.Contains("steps", outcome.Error, StringComparison.Ordinal);
        var schema = Schema.Compile(MapValue.Of(("pattern", "a(?:..........){450}c")), out _)!;
        Assert.Contains("costs too much", Assert.Single(schema.Validate(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sets_of_a_pattern_are_looked_at_once()
    {
        var pattern = Pattern.Compile(@"(?:\pL\pL\pL\pL\pL\pL\pL\pL\pL){499}", out _)!;
        Assert.InRange(pattern.CompilationCost, 4 * 4_000, 30_000);
        Assert.True(IsMatch(pattern, new string('é', 9 * 499)));
    }

    [Theory]
    [InlineData(@"[\pL]", 400)]
    [InlineData(@"(?i)[\x{80}-\x{10FFFF}]", 70)]
    public void Large_classes_are_bounded(string item, int count)
    {
        Assert.Null(Pattern.Compile(string.Concat(Enumerable.Repeat(item, count)), out var error));
        Assert.Equal("its classes are too large: at most 30000 ranges of characters in all", error);
        Assert.NotNull(Pattern.Compile(item + item + item, out _));
    }

    [Theory]
    [InlineData("'😀'.matches('^.$')", true)]
    [InlineData("\"x\\n\".matches(\"^x$\")", false)]
    [InlineData("\"٣\".matches(\"\\\\d\")", false)]
    public void Expressions_follow_the_same_rules(string source, bool expected)
    {
        var outcome = Expression.Parse(source, out _)!.Evaluate(Bindings.Empty);
        Assert.True(outcome.Succeeded, outcome.Error);
        Assert.Equal(expected, outcome.Value);
    }

    [Theory]
    [InlineData("^.$", "😀", true)]
    [InlineData("^x$", "x\n", false)]
    [InlineData("^\\d$", "٣", false)]
    public void Schemas_follow_the_same_rules(string pattern, string text, bool valid)
    {
        var schema = Schema.Compile(MapValue.Of(("pattern", pattern)), out var problems);
        Assert.Empty(problems);
        Assert.Equal(valid, schema!.Validate(text).IsEmpty);
    }

    private static bool IsMatch(Pattern pattern, string text) => pattern.IsMatch(text, long.MaxValue, out _);

    private static string RandomText(int length)
    {
        var random = new Random(7);
        return new string([.. Enumerable.Range(0, length).Select(_ => "ab"[random.Next(2)])]);
    }

    private static string RandomPattern(Random random, int depth)
    {
        var text = new StringBuilder();
        for (var i = random.Next(4); i >= 0; i--)
        {
            var atom = random.Next(depth == 0 ? 7 : 9) switch
            {
                0 => "a",
                1 => "[ab]",
                2 => "[^b1]",
                3 => @"\d",
                4 => ".",
                5 => new[] { "^", @"\b", @"\B", @"\z" }[random.Next(4)],
                6 => @"\w",
                7 => $"({RandomPattern(random, depth - 1)})",
                _ => $"(?:{RandomPattern(random, depth - 1)}|{RandomPattern(random, depth - 1)})",
            };
            var isPlace = atom is "^" or @"\b" or @"\B" or @"\z";
            text.Append(atom).Append(isPlace ? "" : new[] { "", "", "*", "+?", "?", "{1,3}" }[random.Next(6)]);
        }
        return text.ToString();
    }
}
