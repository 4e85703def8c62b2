namespace Millrace.Words.Tests;

/// <summary>Everything that people read is spelt right, in British English.</summary>
public sealed class SpellingTests
{
    public static TheoryData<string> Documents => [.. Texts.Documents];

    public static TheoryData<string> Projects => [.. Texts.Projects];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_is_spelt_right(string path) => Check(MarkdownText.Of(path));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Messages_and_documentation_are_spelt_right(string project) => Check(Texts.OfProject(project));

    [Fact]
    public void The_projects_own_words_are_sorted_and_are_not_in_the_dictionary()
    {
        NeedDictionary();
        var words = Repository.List("words.txt");
        Assert.Equal(words.Distinct().Order(StringComparer.Ordinal), words);
        Assert.DoesNotContain(words, Words.English.Value.Contains);
    }

    [Theory]
    [InlineData("It recieves a mesage.", "recieves", "mesage")]
    [InlineData("The behavior is canceled.", "behavior", "canceled")]
    [InlineData("Set 'retyr' or `retyr` to 5, see CreateExektion, EXEKUTION_ID and src/exekution.")]
    public void A_mistake_is_found_and_a_name_is_not_one(string text, params string[] unknown)
    {
        NeedDictionary();
        Assert.Equal(unknown, Words.UnknownIn(text));
    }

    private static void Check(IEnumerable<Passage> passages)
    {
        NeedDictionary();
        var unknown = passages
            .SelectMany(passage => Words.UnknownIn(passage.Text).Select(word => $"{passage}: {word}"))
            .Distinct()
            .ToList();
        Assert.True(unknown.Count == 0, $"Correct these words, or add terms to words.txt:\n{string.Join('\n', unknown)}");
    }

    private static void NeedDictionary()
    {
        if (!OperatingSystem.IsLinux())
            Assert.SkipUnless(Words.AreInstalled, $"There is no word list at {Words.Dictionary}.");
        Assert.True(Words.AreInstalled, $"There is no word list at {Words.Dictionary}. Install it: apt-get install wbritish");
    }
}
