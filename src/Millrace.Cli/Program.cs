using System.Text;
using Millrace.Cli;
using Millrace.Cli.Output;

// Windows consoles may still be set to a legacy code page, which would garble JSON.
if (OperatingSystem.IsWindows())
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await MillraceCommand.RunAsync(args, Terminal.OfProcess());
