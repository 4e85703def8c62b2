using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Millrace.Cli;

/// <summary>A command whose help ends with notes: examples, exit codes.</summary>
internal sealed class NotedCommand(string name, string description, string notes) : Command(name, description)
{
    public string Notes => notes;
}

/// <summary>The usual help, and then the command's notes.</summary>
internal sealed class NotedHelp(HelpAction usual, string rootNotes) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root, string notes)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new NotedHelp((HelpAction)option.Action!, notes);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        var notes = parseResult.CommandResult.Command switch
        {
            NotedCommand noted => noted.Notes,
            RootCommand => rootNotes,
            _ => null,
        };
        if (notes is not null)
            parseResult.InvocationConfiguration.Output.WriteLine(notes.ReplaceLineEndings() + Environment.NewLine);
        return code;
    }
}
