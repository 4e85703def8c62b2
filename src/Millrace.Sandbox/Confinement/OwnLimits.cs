using System.Globalization;
using System.Runtime.InteropServices;

namespace Millrace.Sandbox.Confinement;

/// <summary>
/// What this process takes from itself on Linux before it runs anything: no new privileges, no core files, no written files, a
/// bound for its data; and it ends with the one that started it. Elsewhere the bounds are the runtime's own.
/// </summary>
internal static partial class OwnLimits
{
    private const int NoNewPrivileges = 38;
    private const int ParentDeathSignal = 1;
    private const int Dumpable = 4;
    private const int Kill = 9;
    private const uint SetFilter = 1;
    private const uint OnAllThreads = 1;
    private const int FileSize = 1;
    private const int Data = 2;
    private const int Core = 4;

    /// <summary>Applies them; they are for good.</summary>
    /// <param name="dataBytes">How much memory the whole process may have that can be written.</param>
    public static void Apply(long dataBytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = Control(ParentDeathSignal, Kill, 0, 0, 0);
        _ = Control(NoNewPrivileges, 1, 0, 0, 0);
        _ = Control(Dumpable, 0, 0, 0, 0);
        Limit(Core, 0);
        Limit(FileSize, 0);
        Limit(Data, dataBytes);
        Filter();
    }

    // The interpreter makes no system calls for code. This is for the day on which code finds a way to make it.
    private static unsafe void Filter()
    {
        var processor = RuntimeInformation.ProcessArchitecture;
        var filter = SystemCalls.Filter(processor, mayChooseProcessors: true);
        if (SystemCalls.FilterCall(processor) is not { } number)
            return;
        fixed (byte* instructions = filter)
        {
            var program = new FilterProgram((ushort)(filter.Length / 8), instructions);
            // A kernel without filters, or a container that has its own idea of them, is no reason not to run: nothing else
            // stands on this one.
            _ = Call((nint)number, SetFilter, OnAllThreads, &program);
        }
    }

    private static void Limit(int resource, long bytes)
    {
        var limit = new ResourceLimit((nuint)bytes, (nuint)bytes);
        if (SetLimit(resource, in limit) != 0)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The limit {resource} cannot be set: error {Marshal.GetLastPInvokeError()}."));
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(nuint Soft, nuint Hard);

    [StructLayout(LayoutKind.Sequential)]
    private readonly unsafe struct FilterProgram(ushort length, byte* instructions)
    {
        private readonly ushort _length = length;
        private readonly byte* _instructions = instructions;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static unsafe partial nint Call(nint number, nuint operation, nuint flags, FilterProgram* program);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in ResourceLimit limit);
}
