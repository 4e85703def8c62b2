using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Millrace.Sandbox.Confinement;

/// <summary>
/// A filter of system calls for Linux (seccomp): the ways to the kernel that code needs for nothing and that attacks need, to
/// memory that no limit counts, to other processes and programs, and to what outlives a call; and all that kernels learn later. No
/// process starts another; threads it may start.
/// </summary>
internal static class SystemCalls
{
    private const uint Allow = 0x7fff0000;
    private const uint Refuse = 0x00050000;
    private const uint NotPermitted = Refuse | 1;
    private const uint TryAgain = Refuse | 11;
    private const uint NotThere = Refuse | 38;
    private const uint NoSuchFamily = Refuse | 97;

    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort JumpIfAny = 0x45;
    private const ushort Return = 0x06;
    private const int NumberAt = 0;
    private const int ArchitectureAt = 4;
    private const int FirstArgumentAt = 16;

    // Another numbering of the same calls.
    private const uint OtherNumbering = 0x40000000;

    // What is newer was not weighed; the numbers from 424 on are the same on every processor.
    private const uint FirstUnknown = 463;

    private const uint IsThread = 0x00010000;
    private const uint MakesNamespaces = 0x7e020080;

    private static readonly Machine X64 = new(0xc000003e, CloneCall: 56, Clone3: 435, Socket: 41, Seccomp: 317, Affinity: 203,
        Prlimit: 302, Forks: [57, 58],
    [
        // Memory that no limit counts, and what outlives a call.
        29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 240, 241, 319, 447, 188, 189, 190,
        // Other processes and programs.
        59, 322, 101, 310, 311, 312, 438, 434, 440, 448, 141, 142, 144, 314, 251, 256, 279,
        // Namespaces, mounts and roots.
        272, 308, 165, 166, 155, 161, 428, 429, 430, 431, 432, 433, 442, 303, 304,
        // The kernel's larger doors.
        425, 426, 427, 206, 207, 208, 209, 210, 321, 298, 323, 248, 249, 250, 300, 301, 175, 313, 176, 246, 320, 135, 163, 167, 168, 169,
        170, 171, 103, 179, 159, 305, 227, 164, 153,
    ]);

    private static readonly Machine Arm64 = new(0xc00000b7, CloneCall: 220, Clone3: 435, Socket: 198, Seccomp: 277, Affinity: 122,
        Prlimit: 261, Forks: [],
    [
        194, 195, 196, 197, 190, 191, 192, 193, 186, 187, 188, 189, 180, 181, 279, 447, 5, 6, 7,
        221, 281, 117, 270, 271, 272, 438, 434, 440, 448, 140, 118, 119, 274, 30, 238, 239,
        97, 268, 40, 39, 41, 51, 428, 429, 430, 431, 432, 433, 442, 264, 265,
        425, 426, 427, 0, 1, 2, 3, 4, 280, 241, 282, 217, 218, 219, 262, 263, 105, 273, 106, 104, 294, 92, 89, 224, 225, 142, 161, 162,
        116, 60, 171, 266, 112, 170, 58,
    ]);

    private sealed record Machine(
        uint Architecture, uint CloneCall, uint Clone3, uint Socket, uint Seccomp, uint Affinity, uint Prlimit,
        ImmutableArray<uint> Forks, ImmutableArray<uint> Refused);

    /// <summary>The number of the call that puts a filter on all threads; null: not known for this processor.</summary>
    public static long? FilterCall(Architecture processor) => MachineOf(processor)?.Seccomp;

    /// <summary>The filter as the kernel takes it: instructions of eight bytes. Empty: there is none for this processor.</summary>
    /// <param name="processor">What the machine has.</param>
    /// <param name="mayChooseProcessors">Whether threads may say which processors they run on, as those of .NET do.</param>
    public static byte[] Filter(Architecture processor, bool mayChooseProcessors)
    {
        if (MachineOf(processor) is not { } machine)
            return [];
        var program = new List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)>
        {
            (Load, 0, 0, ArchitectureAt),
            (JumpIfEqual, 1, 0, machine.Architecture),
            (Return, 0, 0, NotPermitted),
            (Load, 0, 0, NumberAt),
            (JumpIfAtLeast, 0, 1, OtherNumbering),
            (Return, 0, 0, NotPermitted),
            (JumpIfAtLeast, 0, 1, FirstUnknown),
            (Return, 0, 0, NotThere),
        };
        foreach (var number in machine.Refused)
            Add(number, NotPermitted);
        // What it is asked for is in memory, where a filter cannot look: libraries then take the older call.
        Add(machine.Clone3, NotThere);
        Add(machine.Socket, NoSuchFamily);
        if (!mayChooseProcessors)
            Add(machine.Affinity, NotPermitted);
        foreach (var number in machine.Forks)
            Add(number, TryAgain);
        program.Add((JumpIfEqual, 0, 5, machine.CloneCall));
        program.Add((Load, 0, 0, FirstArgumentAt));
        program.Add((JumpIfAny, 0, 1, MakesNamespaces));
        program.Add((Return, 0, 0, NotPermitted));
        program.Add((JumpIfAny, 1, 0, IsThread));
        program.Add((Return, 0, 0, TryAgain));
        // Of its own limits only.
        program.Add((Load, 0, 0, NumberAt));
        program.Add((JumpIfEqual, 0, 3, machine.Prlimit));
        program.Add((Load, 0, 0, FirstArgumentAt));
        program.Add((JumpIfEqual, 1, 0, 0));
        program.Add((Return, 0, 0, NotPermitted));
        program.Add((Return, 0, 0, Allow));
        return Bytes(program);

        void Add(uint number, uint answer)
        {
            program.Add((JumpIfEqual, 0, 1, number));
            program.Add((Return, 0, 0, answer));
        }
    }

    private static Machine? MachineOf(Architecture processor) =>
        processor switch { Architecture.X64 => X64, Architecture.Arm64 => Arm64, _ => null };

    private static byte[] Bytes(List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)> program)
    {
        var bytes = new byte[program.Count * 8];
        for (var at = 0; at < program.Count; at++)
        {
            var one = bytes.AsSpan(at * 8, 8);
            BinaryPrimitives.WriteUInt16LittleEndian(one, program[at].Code);
            (one[2], one[3]) = (program[at].IfTrue, program[at].IfFalse);
            BinaryPrimitives.WriteUInt32LittleEndian(one[4..], program[at].Value);
        }
        return bytes;
    }
}
