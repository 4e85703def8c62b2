namespace Millrace.Words.Tests;

/// <summary>A piece of text that people read, without code.</summary>
/// <param name="Line">The line of its file in which it begins, from 1.</param>
/// <param name="Kind">What the text is.</param>
internal sealed record Passage(string File, int Line, PassageKind Kind, string Text)
{
    public override string ToString() => $"{File}:{Line}";
}

internal enum PassageKind
{
    /// <summary>Of a document.</summary>
    Document,

    /// <summary>A string in the code that is a sentence, or a part of one.</summary>
    Message,

    /// <summary>Documentation of a member.</summary>
    Documentation,
}
