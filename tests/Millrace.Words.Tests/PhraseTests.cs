namespace Millrace.Words.Tests;

/// <summary>Nothing that people read has phrases at which they stumble.</summary>
public sealed class PhraseTests
{
    public static TheoryData<string> Documents => [.. Texts.Documents];

    public static TheoryData<string> Projects => [.. Texts.Projects];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_has_no_phrase_that_stumbles(string path)
    {
        var found = MarkdownText.Of(path).SelectMany(Phrase.In).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_message_has_no_phrase_that_stumbles(string project)
    {
        var found = Texts.OfProject(project).Where(passage => passage.Kind == PassageKind.Message).SelectMany(Phrase.In).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Theory]
    [InlineData("Whoever asks is told.", 2)]
    [InlineData("'x' is no format.", 1)]
    [InlineData("There is no format 'x'.", 0)]
    public void A_phrase_is_found(string text, int count) =>
        Assert.Equal(count, Phrase.In(new("x", 1, PassageKind.Message, text)).Count());
}
