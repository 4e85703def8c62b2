namespace Millrace.Engine.Secrets;

/// <summary>Takes secrets out of a text that comes in pieces. What may be the beginning of one is held back until it is clear.</summary>
internal sealed class RedactedTokens(SecretRedactor redactor, Action<string> hear)
{
    private string _held = "";

    /// <summary>Takes the next piece of a streamed text.</summary>
    public void Add(string piece)
    {
        var text = redactor.Redact(_held + piece);
        var open = redactor.OpenEnd(text);
        _held = text[^open..];
        if (open < text.Length)
            hear(text[..^open]);
    }

    /// <summary>Ends the text and passes on what was held back.</summary>
    public void End()
    {
        if (_held.Length > 0)
            hear(_held);
        _held = "";
    }
}
