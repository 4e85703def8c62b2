using Millrace.Core.Executions;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>A node type can tell whether a workflow is being saved or was saved before: what takes long is checked once.</summary>
public sealed class SavedCheckTests
{
    [Fact]
    public async Task What_is_loaded_is_not_checked_as_what_is_saved()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """
            {"id":"one","type":"effect"},
            {"id":"each","type":"forEach","config":{"items":[1],"body":{"nodes":[{"id":"inner","type":"effect"}],"edges":[]}}}
            """);
        Assert.All(effects.Checks, Assert.False);
        Assert.True(effects.Checks.Count >= 2);
        effects.Checks.Clear();
        await host.RestartAsync();
        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);
        Assert.All(effects.Checks, Assert.True);
        Assert.True(effects.Checks.Count >= 2);
    }
}
