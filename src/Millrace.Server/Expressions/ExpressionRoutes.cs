using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Expressions;

/// <summary>Tries expressions and templates out on given data.</summary>
internal sealed class ExpressionRoutes
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/expressions/evaluate", Reply.Of(EvaluateAsync)).RequirePermission(Permission.EditWorkflows).Describe("Evaluate an expression", route => route
            .Body("ExpressionTrial", """{"expression": "input.price * 2", "context": {"input": {"price": 21}}}""")
            .Replies(200, "The value of the expression.", "ExpressionResult").Problems(422));

    private async ValueTask<Reply> EvaluateAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (
            Source: fields.RequiredText("expression", ExpressionTrial.MaxExpressionLength), Context: fields.Map("context"), IsTemplate: fields.Flag("template")));
        if (bound.Problem is not null)
            return bound.Problem;
        var (source, data, isTemplate) = bound.Value;
        return ExpressionTrial.Evaluate(context.Caller(), source, data, isTemplate).ToReply(evaluated => Reply.Json(evaluated, static (writer, result) =>
        {
            writer.WriteStartObject();
            ExecutionJson.WriteValue(writer, "value", result.Value);
            writer.WriteString("type", result.Type);
            writer.WriteNumber("cost", result.Cost);
            writer.WriteEndObject();
        }));
    }
}
