using Millrace.Testing.Workflows;

namespace Millrace.Testing.Tests;

/// <summary>What strangers can use: small, and changed on purpose only.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void Only_these_types_are_public() => Assert.Equal(
        [
            "Files.WorkflowTestFile", "Files.WorkflowTestFileCase", "Files.WorkflowTestOutcome",
            "Time.VirtualTime",
            "Workflows.Fakes.FakeCall", "Workflows.Fakes.FakeOutcome", "Workflows.Fakes.FakeReply", "Workflows.Fakes.TestAnswer",
            "Workflows.Results.EffectCall", "Workflows.Results.NodeResult", "Workflows.Results.WorkflowTestResult",
            "Workflows.WorkflowTestCase", "Workflows.WorkflowTestException",
        ],
        typeof(WorkflowTestCase).Assembly.GetExportedTypes().Select(type => type.FullName!["Millrace.Testing.".Length..]).Order(StringComparer.Ordinal));

    [Fact]
    public void Only_these_are_the_words_of_a_test() => Assert.Equal(
        [
            "AllowReal", "Answer", "Fake", "FakeModel", "FakeType", "FromDefinition", "FromFile", "FromText", "RunAsync", "Signal", "StartingAt", "Until",
            "WithInput", "WithInputFor", "WithModelPrice", "WithSecret", "WithVariable", "WithWorkflow", "WithWorkflowFile",
        ],
        typeof(WorkflowTestCase).GetMethods().Where(method => method.DeclaringType == typeof(WorkflowTestCase)).Select(method => method.Name).Distinct().Order(StringComparer.Ordinal));
}
