using System.Globalization;
using System.Runtime.InteropServices;

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>
/// What this process opens itself is not handed on to those that it starts. What it inherited, from a shell or a supervisor, would be: so
/// it is
/// marked not to be, once.
/// </summary>
internal static partial class InheritedDescriptors
{
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    private static readonly Lazy<bool> Kept = new(KeepAll);

    /// <summary>Makes sure, once per process, that descriptors are not inherited.</summary>
    public static void Keep() => _ = Kept.Value;

    private static bool KeepAll()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        foreach (var path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            // The one that this list is read from is gone by the end: that it cannot be marked does not matter.
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor > 2)
                _ = SetFlags(descriptor, SetDescriptorFlags, CloseOnExec);
        }
        return true;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int SetFlags(int descriptor, int command, int flags);
}
