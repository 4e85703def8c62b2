using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>
/// A compiled JSON schema of a named subset of draft 2020-12: type, enum, const, properties, required, additionalProperties,
/// minProperties, maxProperties, items, prefixItems, minItems, maxItems, uniqueItems, minLength, maxLength, pattern (without
/// look-around and back-references), format (date-time, uri and email are checked lightly), minimum, maximum, exclusiveMinimum,
/// exclusiveMaximum, multipleOf, anyOf, oneOf, allOf, not, if/then/else, $ref within the document, $defs, and annotations.
/// Any other keyword is an error, so that nothing is silently not checked. Immutable and safe to share.
/// </summary>
public sealed class Schema
{
    private readonly SchemaNode _root;

    private Schema(SchemaNode root) => _root = root;

    /// <summary>Compiles a schema; null and every reason why where it is not in the subset.</summary>
    public static Schema? Compile(Value schema, out ImmutableArray<SchemaProblem> problems)
    {
        var compiler = new SchemaCompiler(schema);
        var root = compiler.Compile();
        problems = [.. compiler.Problems];
        return problems.IsEmpty ? new Schema(root) : null;
    }

    /// <summary>Everything in which the instance does not match; empty where it does.</summary>
    public ImmutableArray<SchemaProblem> Validate(Value instance) => Run(instance, templates: false);

    /// <summary>
    /// As <see cref="Validate"/>, for values that still hold templates: text with "{{" may become anything, so it matches everything, and
    /// whatever depends on it (oneOf, not, if) gives it the benefit of the doubt. Unknown properties are left to the caller.
    /// </summary>
    public ImmutableArray<SchemaProblem> ValidateTemplate(Value instance) => Run(instance, templates: true);

    /// <summary>Whether text may be a template.</summary>
    public static bool IsTemplate(Value value) => value.TryGetString(out var text) && text.Contains("{{", StringComparison.Ordinal);

    private ImmutableArray<SchemaProblem> Run(Value instance, bool templates)
    {
        var run = new SchemaRun(templates);
        run.Check(_root, instance, InstancePath.Root);
        return run.Exhausted
            ? [.. run.Problems, new SchemaProblem("", "$ref", "The schema recurses too deeply or costs too much to check this value.")]
            : [.. run.Problems];
    }
}

/// <summary>One way in which a value does not match a schema, or a schema is not in the subset.</summary>
/// <param name="Pointer">JSON pointer into the value (or into the schema, from compiling).</param>
/// <param name="Keyword">The keyword that failed, such as "minLength".</param>
/// <param name="Message">The message, as a sentence.</param>
public sealed record SchemaProblem(string Pointer, string Keyword, string Message);
