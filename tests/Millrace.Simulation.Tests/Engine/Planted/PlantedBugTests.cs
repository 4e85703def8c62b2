using Millrace.Checking;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>The simulation is proven: what is planted is found.</summary>
public sealed class PlantedBugTests
{
    private const int MaxSeeds = 2_000;

    public static TheoryData<string> Bugs => [.. PlantedBug.All.Keys];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found(string bug)
    {
        for (var seed = 0; seed < MaxSeeds; seed++)
        {
            if (Finding(bug, seed) is not { } finding)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"Found after {seed + 1} seeds: {finding}");
            return;
        }
        Assert.Fail($"What {bug} is not found within {MaxSeeds} seeds.");
    }

    private static string? Finding(string bug, int seed)
    {
        var (rule, plant) = PlantedBug.All[bug];
        var world = new SimulatedWorld(seed, plant());
        try
        {
            world.Run();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or InvalidDataException)
        {
            // The engine may notice and break; what it did until then must still tell.
        }
        return Checker.Check(world.Evidence()).FirstOrDefault(violation => violation.Rule == rule)?.ToString();
    }
}
