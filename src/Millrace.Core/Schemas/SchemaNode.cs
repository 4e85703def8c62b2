using System.Text;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>One compiled schema: the rules a value must pass. Filled after it is made, because schemas may refer to themselves.</summary>
internal sealed class SchemaNode
{
    public List<SchemaRule> Rules { get; } = [];
}

/// <summary>The check of one keyword.</summary>
internal abstract class SchemaRule(string keyword)
{
    public string Keyword { get; } = keyword;

    /// <summary>Reports to the run where the value does not pass.</summary>
    public abstract void Check(SchemaRun run, Value value, InstancePath at);
}

/// <summary>The way to a value, written out only when something is wrong there.</summary>
internal sealed record InstancePath(InstancePath? Parent, string Segment)
{
    public static readonly InstancePath Root = new(null, "");

    public override string ToString()
    {
        var segments = new Stack<string>();
        for (var path = this; path.Parent is not null; path = path.Parent)
            segments.Push(path.Segment);
        var text = new StringBuilder();
        foreach (var segment in segments)
            text.Append('/').Append(JsonPointer.Escape(segment));
        return text.ToString();
    }
}
