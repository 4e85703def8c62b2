using System.Text;
using Millrace.Cli;
using Millrace.Cli.Output;

// Windows consoles may still be set to a legacy code page, which would garble JSON.
if (OperatingSystem.IsWindows())
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
try
{
    return await MillraceCommand.RunAsync(args, Terminal.OfProcess());
}
catch (IOException)
{
    // The terminal was closed: nobody is left to tell.
    return ExitCode.Failed;
}
