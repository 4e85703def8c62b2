using System.Collections.Immutable;
using Acornima;
using Acornima.Ast;

namespace Millrace.Sandbox.Sources;

/// <summary>What can be said of the JavaScript of a code node without running it.</summary>
/// <param name="HasProcess">It declares `process`.</param>
/// <param name="HasReturn">It returns something outside of its functions.</param>
/// <param name="Parameters">The parameters of `process`; default: not known, or not by name.</param>
internal sealed record JavaScriptSource(bool HasProcess, bool HasReturn, ImmutableArray<JavaScriptParameter> Parameters)
{
    private static readonly ParserOptions Options = new()
    {
        AllowReturnOutsideFunction = true,
        AllowAwaitOutsideFunction = true,
        EcmaVersion = EcmaVersion.Latest,
    };

    /// <summary>Reads a code.</summary>
    /// <param name="code">The text.</param>
    /// <param name="error">What is wrong with its syntax; null: nothing.</param>
    /// <returns>Null: it cannot be read.</returns>
    public static JavaScriptSource? Read(string code, out SourceError? error)
    {
        error = null;
        try
        {
            var script = new Parser(Options).ParseScript(code);
            var found = new Outline();
            foreach (var statement in script.Body)
                found.Look(statement);
            found.Visit(script);
            return new JavaScriptSource(found.HasProcess, found.HasReturn, found.Parameters);
        }
        catch (ParseErrorException e)
        {
            var text = e.Error.Description is { Length: > 0 } description ? description : e.Message;
            error = new SourceError(text, e.LineNumber, e.Column + 1);
        }
        catch (InsufficientExecutionStackException)
        {
            error = new SourceError("It is nested too deeply to be read", 1, 1);
        }
        return null;
    }

    /// <summary>Walks what is not inside of a function.</summary>
    private sealed class Outline : AstVisitor
    {
        public bool HasProcess { get; private set; }

        public bool HasReturn { get; private set; }

        public ImmutableArray<JavaScriptParameter> Parameters { get; private set; }

        public void Look(Node statement)
        {
            if (statement is FunctionDeclaration { Id.Name: "process" } function)
                Found(function);
            else if (statement is ClassDeclaration { Id.Name: "process" })
                Found(null);
            else if (statement is ExpressionStatement { Expression: AssignmentExpression { Left: Identifier { Name: "process" },
                Right: var value } })
                Found(value as IFunction);
            else if (statement is VariableDeclaration variables)
            {
                foreach (var one in variables.Declarations)
                {
                    if (one.Id is Identifier { Name: "process" })
                        Found(one.Init as IFunction);
                }
            }
        }

        private void Found(IFunction? function)
        {
            HasProcess = true;
            Parameters = function is null ? default : Names(function);
        }

        // Default: some parameter has no name of its own, so that they are not given by name.
        private static ImmutableArray<JavaScriptParameter> Names(IFunction function)
        {
            var names = ImmutableArray.CreateBuilder<JavaScriptParameter>();
            foreach (var parameter in function.Params)
            {
                if (parameter is Identifier identifier)
                    names.Add(new JavaScriptParameter(identifier.Name, IsOptional: false));
                else if (parameter is AssignmentPattern { Left: Identifier named })
                    names.Add(new JavaScriptParameter(named.Name, IsOptional: true));
                else
                    return default;
            }
            return names.ToImmutable();
        }

        protected override object? VisitReturnStatement(ReturnStatement node)
        {
            HasReturn = true;
            return node;
        }

        protected override object? VisitFunctionDeclaration(FunctionDeclaration node) => node;

        protected override object? VisitFunctionExpression(FunctionExpression node) => node;

        protected override object? VisitArrowFunctionExpression(ArrowFunctionExpression node) => node;

        protected override object? VisitClassDeclaration(ClassDeclaration node) => node;

        protected override object? VisitClassExpression(ClassExpression node) => node;
    }
}

/// <summary>A parameter of `process`.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsOptional">It has a default.</param>
internal sealed record JavaScriptParameter(string Name, bool IsOptional);

/// <summary>Something wrong with a code's syntax.</summary>
/// <param name="Message">What is wrong.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal sealed record SourceError(string Message, int Line, int Column);
