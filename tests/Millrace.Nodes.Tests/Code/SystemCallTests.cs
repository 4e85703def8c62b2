using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Millrace.Nodes.Code;
using Millrace.Nodes.Code.Languages;
using Millrace.Sandbox.Confinement;

namespace Millrace.Nodes.Tests.Code;

/// <summary>What the filter of system calls answers, for each processor, run as the kernel runs it.</summary>
public sealed class SystemCallTests
{
    private const uint Allowed = 0x7fff0000;
    private const uint NotPermitted = 0x00050001;
    private const uint TryAgain = 0x0005000b;
    private const uint NotThere = 0x00050026;
    private const uint Thread = 0x003d0f00;
    private const uint OfX64 = 0xc000003e;
    private const uint OfArm64 = 0xc00000b7;

    public static TheoryData<Architecture, string, uint, uint, uint> Answers => new()
    {
        { Architecture.X64, "read", 0, 0, Allowed },
        { Architecture.X64, "a thread", 56, Thread, Allowed },
        { Architecture.X64, "a process", 56, 17, TryAgain },
        { Architecture.X64, "a namespace", 56, 0x10000000, NotPermitted },
        { Architecture.X64, "vfork", 58, 0, TryAgain },
        { Architecture.X64, "execve", 59, 0, NotPermitted },
        { Architecture.X64, "execveat", 322, 0, NotPermitted },
        { Architecture.X64, "clone3", 435, 0, NotThere },
        { Architecture.X64, "its own limits", 302, 0, Allowed },
        { Architecture.X64, "another's limits", 302, 7, NotPermitted },
        { Architecture.X64, "the last that was weighed", 462, 0, Allowed },
        { Architecture.X64, "the first that was not", 463, 0, NotThere },
        { Architecture.X64, "one of the future", 5_000, 0, NotThere },
        { Architecture.X64, "another numbering", 0x40000000, 0, NotPermitted },
        { Architecture.Arm64, "read", 63, 0, Allowed },
        { Architecture.Arm64, "a thread", 220, Thread, Allowed },
        { Architecture.Arm64, "a process", 220, 17, TryAgain },
        { Architecture.Arm64, "execve", 221, 0, NotPermitted },
        { Architecture.Arm64, "execveat", 281, 0, NotPermitted },
        { Architecture.Arm64, "the first that was not weighed", 463, 0, NotThere },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Each_call_is_answered_as_meant(Architecture processor, string name, uint number, uint argument, uint answer) =>
        Assert.Equal((name, answer), (name, Run(processor, processor == Architecture.X64 ? OfX64 : OfArm64, number, argument)));

    [Fact]
    public void A_call_in_the_words_of_another_processor_is_refused() =>
        Assert.Equal(NotPermitted, Run(Architecture.X64, OfArm64, 63, 0));

    [Fact]
    public void Where_there_is_no_filter_python_does_not_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Python does not run there at all");
        var settings = new CodeSettings { Python = Environment.ProcessPath };
        Assert.Empty(new PythonLanguage(Architecture.Ppc64le).Find(128, settings, out var problem));
        Assert.Contains("this one is Ppc64le", problem);
        Assert.NotEmpty(new PythonLanguage(Architecture.Ppc64le).Find(128, settings with { Sandbox = CodeSandbox.None }, out problem));
        Assert.Null(problem);
    }

    // The few instructions of the kernel's machine that the filter is made of.
    private static uint Run(Architecture processor, uint architecture, uint number, uint argument)
    {
        var filter = SystemCalls.Filter(processor, mayChooseProcessors: false);
        var value = 0u;
        for (var at = 0; ; at++)
        {
            var one = filter.AsSpan(at * 8, 8);
            var operand = BinaryPrimitives.ReadUInt32LittleEndian(one[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(one))
            {
                case 0x20: value = operand switch { 0 => number, 4 => architecture, _ => argument }; break;
                case 0x15: at += value == operand ? one[2] : one[3]; break;
                case 0x35: at += value >= operand ? one[2] : one[3]; break;
                case 0x45: at += (value & operand) != 0 ? one[2] : one[3]; break;
                case 0x06: return operand;
                case var other: throw new InvalidOperationException($"{other}");
            }
        }
    }
}
