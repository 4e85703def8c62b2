namespace Millrace.Fuzz.Targets;

/// <summary>The targets there are.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<string> Names { get; } = [.. Create().Select(target => target.Name)];

    public static IReadOnlyList<Target> Create() =>
    [
        new DefinitionTarget(Core.Definitions.Documents.DocumentFormat.Json),
        new DefinitionTarget(Core.Definitions.Documents.DocumentFormat.Yaml),
        new ExpressionTarget(),
        new TemplateTarget(),
        new SchemaTarget(),
        new JournalTarget(),
    ];

    public static Target? Find(string name) =>
        Create().FirstOrDefault(target => string.Equals(target.Name, name, StringComparison.Ordinal));
}
