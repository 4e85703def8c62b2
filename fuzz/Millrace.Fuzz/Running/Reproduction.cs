using Millrace.Fuzz.Targets;

namespace Millrace.Fuzz.Running;

/// <summary>One input, run for somebody who wants to see what it does.</summary>
internal static class Reproduction
{
    public static int Run(string file, IReadOnlyList<Target> targets)
    {
        var input = File.ReadAllBytes(file);
        var harm = 0;
        foreach (var target in targets)
        {
            var trial = Trial.Of(target, input);
            Console.WriteLine($"{target.Name}: {trial.Complaint ?? trial.Kind}");
            harm += trial.Complaint is null ? 0 : 1;
        }
        return harm > 0 ? 1 : 0;
    }
}
