using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record InputConfig
{
    [Description("Fields that the execution's input must have, not null. Dots separate nested fields: customer.email.")]
    public IReadOnlyList<string> RequiredFields { get; init; } = [];

    [Description("A JSON schema that the input must match once the defaults are filled in.")]
    public Value Schema { get; init; }

    [Description("Values for missing fields of the input.")]
    public IReadOnlyDictionary<string, Value>? Defaults { get; init; }
}

/// <summary>Checks the execution's input before anything runs, and fills defaults in.</summary>
internal sealed class InputNode : PureNodeType<InputConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "input",
        Title = "Input",
        Summary = "Checks the execution's input before anything runs, and fills in defaults.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        Role = NodeRole.Input,
    };

    protected override PureLogic? Compile(InputConfig config, NodeCompilation compilation)
    {
        var required = ImmutableArray.CreateBuilder<FieldPath>();
        for (var i = 0; i < config.RequiredFields.Count; i++)
        {
            if (FieldPath.TryParse(config.RequiredFields[i], out var path))
                required.Add(path);
            else
                compilation.Error($"/requiredFields/{i}", "invalid_path", $"'{config.RequiredFields[i]}' is not the name of a field.");
        }
        return InputSchema.TryCompile(config.Schema, compilation, out var schema)
            ? new Logic(required.ToImmutable(), schema, MapValue.Create(config.Defaults ?? ImmutableDictionary<string, Value>.Empty))
            : null;
    }

    private sealed class Logic(ImmutableArray<FieldPath> required, Schema? schema, MapValue defaults) : PureLogic
    {
        public override IEnumerable<Problem> CheckStart(Value input, Value? given)
        {
            if (!input.IsNull && input.Kind != ValueKind.Map && (required.Length > 0 || defaults.Count > 0))
                return [new Problem("/input", "invalid_input", $"The input must be an object, not {Failures.Kind(input)}.")];
            var whole = WithDefaults(input);
            return required
                .Where(path => path.Find(whole).IsNull)
                .Select(path => new Problem("/input" + path.Pointer, "missing_field", $"The input field '{path}' is required."))
                .Concat(InputSchema.Check(schema, whole));
        }

        public override NodeOutcome Evaluate(NodeContext context) => NodeOutcome.Completed(WithDefaults(context.Input));

        private Value WithDefaults(Value input)
        {
            if (defaults.Count == 0 || !(input.IsNull || input.Kind == ValueKind.Map))
                return input;
            var map = new MapBuilder(input.TryGetMap(out var given) ? given : MapValue.Empty);
            foreach (var entry in defaults.Entries)
            {
                if (!map.Contains(entry.Key.AsString()))
                    map.Set(entry.Key.AsString(), entry.Value);
            }
            return map.Build();
        }
    }
}
