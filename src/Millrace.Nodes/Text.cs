using Millrace.Core.Values;

namespace Millrace.Nodes;

/// <summary>Values where only text will do.</summary>
internal static class Text
{
    /// <summary>Text as it is, everything else as JSON.</summary>
    public static string Of(Value value) => value.TryGetString(out var text) ? text : value.ToJson();
}
