using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Human;

/// <summary>What people are asked: a title, a message, who is to answer, and a form.</summary>
internal sealed class Question
{
    private readonly string _fallbackTitle;
    private readonly Template? _title;
    private readonly Template? _message;
    private readonly Template? _assignees;
    private readonly Value _form;

    private Question(NodeDefinition node, Template? title, Template? message, Template? assignees, Value form) =>
        (_fallbackTitle, _title, _message, _assignees, _form) = (node.Name ?? node.Id, title, message, assignees, form);

    /// <summary>Compiles it; null, with errors added, where something of it cannot be.</summary>
    public static Question? Compile(
        NodeCompilation compilation, string? title = null, string? message = null, Value assignees = default, Value form = default)
    {
        var question = new Question(
            compilation.Node,
            title is null ? null : compilation.Template(title, "/title"),
            message is null ? null : compilation.Template(message, "/message"),
            assignees.IsNull ? null : compilation.Template(assignees, "/assignees"),
            form);
        if (question._assignees is { IsConstant: true } && !TryReadNames(assignees, out _))
            compilation.Error("/assignees", "invalid_value", "The assignees must be names: a text, or a list of texts.");
        return Form.TryCompile(form, compilation, out _) && !compilation.HasErrors ? question : null;
    }

    /// <summary>
    /// The question as the outside sees it: {title, message?, assignees?, form?}. False with a failure where it cannot be put.
    /// </summary>
    public bool TryAsk(NodeContext context, out MapValue details, out NodeOutcome? failure)
    {
        var asked = new MapBuilder();
        details = MapValue.Empty;
        failure = SetText(asked, "title", _title, context, _fallbackTitle)
            ?? SetText(asked, "message", _message, context, null)
            ?? SetAssignees(asked, context);
        if (failure is not null)
            return false;
        details = asked.SetIfPresent("form", _form).Build();
        return true;
    }

    private static NodeOutcome? SetText(MapBuilder asked, string field, Template? template, NodeContext context, string? fallback)
    {
        if (template is null)
        {
            asked.SetIfPresent(field, fallback);
            return null;
        }
        var evaluation = template.Evaluate(context.Scope);
        if (!evaluation.Succeeded)
            return Failures.Of(evaluation, "/" + field);
        asked.Set(field, Text.Of(evaluation.Value));
        return null;
    }

    private NodeOutcome? SetAssignees(MapBuilder asked, NodeContext context)
    {
        if (_assignees is null)
            return null;
        var evaluation = _assignees.Evaluate(context.Scope);
        if (!evaluation.Succeeded)
            return Failures.Of(evaluation, "/assignees");
        if (!TryReadNames(evaluation.Value, out var names))
            return Failures.Data($"The assignees must be names, a text or a list of texts, but are {evaluation.Value.ToJson()}.");
        asked.Set("assignees", names);
        return null;
    }

    private static bool TryReadNames(Value value, out ListValue names)
    {
        if (value.TryGetList(out names!))
            return ((IEnumerable<Value>)names).All(name => name.TryGetString(out var text) && text.Length > 0);
        names = value.IsNull ? ListValue.Empty : Value.List(value).AsList();
        return value.IsNull || (value.TryGetString(out var one) && one.Length > 0);
    }
}
