using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Expressions;

/// <summary>Tries expressions and templates out on given data.</summary>
internal sealed class ExpressionRoutes
{
    private const int LongestExpression = 64 * 1024;

    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/expressions/evaluate", Reply.Of(EvaluateAsync)).RequirePermission(Permission.EditWorkflows).Describe("Try an expression", route => route
            .Body("ExpressionTrial", """{"expression": "input.price * 2", "context": {"input": {"price": 21}}}""")
            .Replies(200, "Its value.", "ExpressionResult").Problems(422));

    private async ValueTask<Reply> EvaluateAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (
            Source: fields.RequiredText("expression", LongestExpression), Bindings: new Bindings(fields.Map("context")), IsTemplate: fields.Flag("template")));
        if (bound.Problem is not null)
            return bound.Problem;
        var (source, bindings, isTemplate) = bound.Value;
        return isTemplate ? EvaluateTemplate(source, bindings) : EvaluateExpression(source, bindings);
    }

    private static Reply EvaluateExpression(string source, Bindings bindings)
    {
        if (Expression.ParseCondition(source, out var problem) is not { } expression)
            return Failed("invalid_expression", problem!.Message, problem.Position);
        var evaluation = expression.Evaluate(bindings);
        if (!evaluation.Succeeded)
            return Failed("evaluation_failed", evaluation.Error!, evaluation.Position);
        return JsonNormalizer.TryNormalize(evaluation.Value, out var json, out var error)
            ? Succeeded(json, evaluation.Value.Kind, evaluation.Cost)
            : Failed("evaluation_failed", error!, 0);
    }

    private static Reply EvaluateTemplate(string source, Bindings bindings)
    {
        if (Template.Parse(source, out var problems) is not { } template)
            return Failed("invalid_expression", problems[0].Message, problems[0].Position);
        var evaluation = template.Evaluate(bindings);
        return evaluation.Succeeded
            ? Succeeded(evaluation.Value, evaluation.Value.Kind, evaluation.Cost)
            : Failed("evaluation_failed", evaluation.Error!, evaluation.Position);
    }

    private static Reply Succeeded(Value value, ValueKind kind, long cost) => Reply.Json((value, kind, cost), static (writer, result) =>
    {
        writer.WriteStartObject();
        ExecutionJson.WriteValue(writer, "value", result.value);
        writer.WriteString("type", TypeValue.Of(result.kind).Name);
        writer.WriteNumber("cost", result.cost);
        writer.WriteEndObject();
    });

    // An expression is one line as far as positions go: its column is what an editor marks.
    private static ProblemReply Failed(string code, string message, int position) =>
        new(StatusCodes.Status400BadRequest, code, position >= 0 ? $"At position {position + 1}: {message}" : message)
        {
            Errors = [new Problem("/expression", code, message, Line: position >= 0 ? 1 : null, Column: position >= 0 ? position + 1 : null)],
        };
}
