using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Millrace.Core.Definitions.Documents;

/// <summary>The library's parser, whose scanner answers some malformed texts with exceptions that are not its own kind.</summary>
internal sealed class YamlEvents(IParser parser) : IParser
{
    public ParsingEvent? Current => parser.Current;

    public bool MoveNext()
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception e) when (
            e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            var at = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "The text cannot be parsed.", e);
        }
    }
}
