using Millrace.Core.Definitions;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

/// <summary>The `schema` field of nodes that take the execution's input.</summary>
internal static class InputSchema
{
    /// <summary>Compiles it; false, with errors added, where it is no schema.</summary>
    public static bool TryCompile(Value schema, NodeCompilation compilation, out Schema? compiled)
    {
        compiled = null;
        if (schema.IsNull)
            return true;
        compiled = Schema.Compile(schema, out var problems);
        foreach (var problem in problems)
            compilation.Error("/schema" + problem.Pointer, "invalid_schema", problem.Message);
        return problems.IsEmpty;
    }

    /// <summary>In what an input does not match, located below /input.</summary>
    public static IEnumerable<Problem> Check(Schema? schema, Value input) => schema is null
        ? []
        : schema.Validate(input).Select(problem => new Problem("/input" + problem.Pointer, "invalid_input", problem.Message));
}
