using System.Globalization;
using Millrace.Sandbox.Confinement;
using Millrace.Sandbox.Protocol;
using Millrace.Sandbox.Realms;

namespace Millrace.Sandbox;

/// <summary>
/// Runs calls of JavaScript, one after the other, each in a realm of its own: they come over standard input, and go over standard
/// output. It ends with its input, also in the middle of a call.
/// </summary>
internal static class SandboxProgram
{
    /// <summary>How large a call may be, bytes.</summary>
    public const int MaxCallBytes = 128 * 1024 * 1024;

    /// <summary>What the interpreter and its runtime need themselves beyond what code may use, MiB.</summary>
    public const int OwnMebibytes = 48;

    // Some frames of the runtime are needed for each call of a function: this is good for about 5,000 of them.
    private const int StackBytes = 32 * 1024 * 1024;

    // The compiler, the runtime's own tables, and the stack.
    private const long UnmanagedBytes = 224L * 1024 * 1024;

    // The realm leaves little behind; what it does is gone with the process.
    private const int MaxCalls = 20_000;

    /// <summary>Runs until the input ends.</summary>
    /// <param name="arguments">The MiB that code may use; a folder of modules, if there is one.</param>
    public static int Run(string[] arguments)
    {
        var mebibytes = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var stream = new FrameStream(Console.OpenStandardInput(), Console.OpenStandardOutput(), MaxCallBytes);
        var channel = new CallChannel(stream);
        var modules = arguments is [_, { Length: > 0 } folder] ? new ModuleFolder(folder) : null;
        var worker = new Thread(() => Work(channel, modules), StackBytes);
        OwnLimits.Apply(((OwnMebibytes + (long)mebibytes) * 1024 * 1024) + UnmanagedBytes);
        worker.Start();
        // The reader: it learns of the end even while code runs.
        channel.ReadUntilEnd();
        Environment.Exit(0);
        return 0;
    }

    private static void Work(CallChannel channel, ModuleFolder? modules)
    {
        var runner = new CallRunner(channel, modules);
        channel.Send("""{"ready":true}"""u8);
        for (var calls = 1; ; calls++)
        {
            runner.WarmUp(() => channel.HasNext);
            if (runner.Run(channel.Next(), isLast: calls == MaxCalls))
                Environment.Exit(0);
        }
    }
}
