using Millrace.Core.Definitions;

namespace Millrace.Engine.Operations;

/// <summary>Checks the fields of a command, whatever transport it came by, and collects what is wrong.</summary>
internal sealed class CommandCheck
{
    private List<Problem>? _problems;

    /// <summary>What was wrong; null: nothing.</summary>
    public Refusal? Refusal => _problems is null ? null : new Refusal.Invalid(_problems);

    /// <summary>A text has at most so many characters.</summary>
    public CommandCheck Text(string pointer, string? text, int longest) =>
        text?.Length > longest ? Wrong(pointer, "wrong_type", $"'{pointer[1..]}' must be a string of at most {longest} characters.") : this;

    /// <summary>A number is in a range.</summary>
    public CommandCheck Range(string pointer, long? number, long smallest, long largest) =>
        number < smallest || number > largest
            ? Wrong(pointer, "wrong_type", $"'{pointer[1..]}' must be a whole number from {smallest} to {largest}.")
            : this;

    /// <summary>Something else is right.</summary>
    public CommandCheck That(bool isRight, string pointer, string code, string message) => isRight ? this : Wrong(pointer, code, message);

    private CommandCheck Wrong(string pointer, string code, string message)
    {
        (_problems ??= []).Add(new Problem(pointer, code, message));
        return this;
    }
}
