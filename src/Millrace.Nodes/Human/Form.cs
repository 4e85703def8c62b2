using Millrace.Core.Definitions;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Human;

/// <summary>
/// What a person is to fill in: a JSON schema, from which pages with fields are made, and against which answers are checked.
/// </summary>
internal static class Form
{
    /// <summary>Compiles the `form` field of a config; false, with errors added, where it is no schema.</summary>
    public static bool TryCompile(Value form, NodeCompilation compilation, out Schema? compiled)
    {
        compiled = null;
        if (form.IsNull)
            return true;
        if (!form.TryGetMap(out _))
        {
            compilation.Error(
                "/form",
                "invalid_schema",
                $"A form is a JSON schema, such as {{\"type\": \"object\", \"properties\": {{...}}}}, but this is {Failures.Kind(form)}.");
            return false;
        }
        compiled = Schema.Compile(form, out var problems);
        foreach (var problem in problems)
            compilation.Error("/form" + problem.Pointer, "invalid_schema", problem.Message);
        return problems.IsEmpty;
    }
}
