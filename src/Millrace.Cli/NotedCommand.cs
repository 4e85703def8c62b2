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

    public static NotedHelp AddTo(RootCommand root, string notes)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        // They would only crowd completion: --help and -h are what everybody types.
        foreach (var alias in option.Aliases.Where(alias => alias is not "-h").ToList())
            option.Aliases.Remove(alias);
        var help = new NotedHelp((HelpAction)option.Action!, notes);
        option.Action = help;
        return help;
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
