using Millrace.Core.Definitions.Documents;
using Millrace.Core.Expressions.Compilation;
using Millrace.Core.Expressions.Syntax;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>Compiles a tree of templates, collecting problems instead of stopping at one.</summary>
internal sealed class TemplateParser
{
    /// <summary>The deepest tree; deeper than any JSON that is read.</summary>
    private const int MaxDepth = 200;

    public List<TemplateProblem> Problems { get; } = [];

    public List<TemplateReference> References { get; } = [];

    /// <summary>How many slots for loop variables the neediest expression has.</summary>
    public int Slots { get; private set; }

    /// <summary>How deep the deepest expression nests.</summary>
    public int Height { get; private set; }

    public TemplatePart Parse(Value tree, string pointer, int depth)
    {
        if (depth > MaxDepth)
        {
            Problems.Add(new(pointer, $"the tree is nested more than {MaxDepth} deep", 0));
            return new FixedPart(tree);
        }
        if (tree.TryGetString(out var text))
            return TemplateText.HasTemplate(text) ? ParseText(text, pointer) : new FixedPart(tree);
        if (tree.TryGetList(out var list))
            return ParseList(list, pointer, depth);
        return tree.TryGetMap(out var map) ? ParseMap(map, pointer, depth) : new FixedPart(tree);
    }

    private TemplatePart ParseList(ListValue list, string pointer, int depth)
    {
        var parts = new TemplatePart[list.Count];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = Parse(list[i], $"{pointer}/{i}", depth + 1);
        return Array.TrueForAll(parts, part => part is FixedPart) ? new FixedPart(list) : new ListPart(parts);
    }

    private TemplatePart ParseMap(MapValue map, string pointer, int depth)
    {
        var keys = new Value[map.Count];
        var parts = new TemplatePart[map.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            var entry = map.Entries[i];
            keys[i] = entry.Key;
            parts[i] = Parse(entry.Value, $"{pointer}/{JsonPointer.Escape(Operations.Texts.TryConvert(entry.Key) ?? "")}", depth + 1);
        }
        return Array.TrueForAll(parts, part => part is FixedPart) ? new FixedPart(map) : new MapPart(keys, parts);
    }

    private TemplatePart ParseText(string text, string pointer)
    {
        var tree = TemplateText.Whole(text, default, out var problem);
        if (tree is null && problem is null)
            tree = TemplateText.Interpolation(text, default, 0, out problem);
        var compiled = tree is null ? null : Compiler.Compile(tree, check: true, out problem);
        if (compiled is null)
        {
            Problems.Add(new(pointer, problem!.Message, problem.Position));
            return new FixedPart(text);
        }
        Slots = Math.Max(Slots, compiled.Slots);
        Height = Math.Max(Height, compiled.Height);
        foreach (var reference in compiled.References)
            References.Add(new(pointer, reference));
        return new ComputedPart(pointer, compiled.Root);
    }
}
