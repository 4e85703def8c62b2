namespace Millrace.Words.Tests;

/// <summary>Nothing that people read has phrases at which they stumble.</summary>
public sealed class PhraseTests
{
    // How many messages still have one. Lower it when you correct some; at zero, make this a theory over projects.
    private const int OldMessages = 15;

    public static TheoryData<string> Documents => [.. Texts.Documents];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_has_no_phrase_that_stumbles(string path)
    {
        var found = MarkdownText.Of(path).SelectMany(Phrase.In).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public void Messages_get_no_new_phrase_that_stumbles()
    {
        var found = Texts.Projects.SelectMany(Texts.OfProject)
            .Where(passage => passage.Kind == PassageKind.Message)
            .SelectMany(Phrase.In)
            .ToList();
        Assert.True(found.Count <= OldMessages, $"{found.Count} messages, {OldMessages} allowed:\n{string.Join('\n', found)}");
    }

    [Theory]
    [InlineData("Whoever asks is told.", 2)]
    [InlineData("'x' is no format.", 1)]
    [InlineData("There is no format 'x'.", 0)]
    public void A_phrase_is_found(string text, int count) =>
        Assert.Equal(count, Phrase.In(new("x", 1, PassageKind.Message, text)).Count());
}
