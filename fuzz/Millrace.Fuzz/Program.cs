using System.Diagnostics;
using Millrace.Fuzz;
using Millrace.Fuzz.Running;


var (options, mistake) = FuzzOptions.Read(args);
if (options is null)
{
    Console.Error.WriteLine(mistake);
    Console.Error.WriteLine(FuzzOptions.Usage);
    return 2;
}
using (var process = Process.GetCurrentProcess())
    process.PriorityClass = ProcessPriorityClass.Idle;
return options.Reproduce is { } file
    ? Reproduction.Run(file, options.Targets)
    : new Session(options).Run();
