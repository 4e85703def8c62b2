namespace Millrace.Engine.Nodes;

/// <summary>The field holds CEL, not a template.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExpressionFieldAttribute : Attribute;

/// <summary>The field, and everything below it, may refer to secrets.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretFieldAttribute : Attribute;

/// <summary>The field is taken as it is, braces included.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class VerbatimFieldAttribute : Attribute;

/// <summary>A <see cref="Core.Values.Value"/> field of a config that is bound before its templates are filled in: what it must be in the end.</summary>
/// <param name="type">The type that its schema describes.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TemplatedFieldAttribute(Type type) : Attribute
{
    /// <summary>The type that its schema describes.</summary>
    public Type Type { get; } = type;

    /// <summary>A word that may stand there instead; null: none.</summary>
    public string? Or { get; init; }
}
