using System.CommandLine;
using Millrace.Cli.Documents;

namespace Millrace.Cli.Running;

/// <summary>The options that say what a run is started with.</summary>
internal sealed class StartOptions
{
    public Option<string?> Input { get; } = new("--input", "-i") { Description = "The input: JSON, or @ and the name of a file with JSON", HelpName = "JSON|@FILE" };

    public Option<string?> Inputs { get; } = new("--inputs") { Description = "Values for single nodes, as an object by node id", HelpName = "JSON|@FILE" };

    public Option<string[]> Variables { get; } = new("--var") { Description = "A variable; the value is parsed as JSON if possible, otherwise it is text. May be repeated", HelpName = "NAME=VALUE" };

    /// <summary>What they say; where that cannot be read, the problem is a sentence.</summary>
    public (RunStart Start, string? Problem) Read(ParseResult parsed)
    {
        var (input, wrongInput) = JsonArgument.Read("--input", parsed.GetValue(Input));
        var (inputs, wrongInputs) = JsonArgument.ReadMap("--inputs", parsed.GetValue(Inputs));
        var (variables, wrongVariables) = JsonArgument.ReadPairs("--var", parsed.GetValue(Variables) ?? []);
        return (new RunStart(input, inputs, variables), wrongInput ?? wrongInputs ?? wrongVariables);
    }
}
