using Millrace.Nodes.Ai;

namespace Millrace.Nodes.Tests.Ai;

public sealed class ModelProvidersTests
{
    [Theory]
    [InlineData("gpt-4o", true)]
    [InlineData("o9-future", true)]
    [InlineData("claude-3-opus", false)]
    [InlineData("gemini-2.0-pro", false)]
    [InlineData("meta-llama/Llama-3", false)]
    public void OpenAI_itself_has_no_models_of_others(string model, bool isServed)
    {
        var providers = new ModelSettings { OpenAiKey = "k" }.CreateProviders(TimeProvider.System);
        Assert.Equal(isServed, providers.Find(model, out var problem) is not null);
        Assert.Equal(isServed, problem is null);
    }

    [Fact]
    public void A_model_that_OpenAI_does_not_have_goes_to_a_server_that_may_have_it()
    {
        var both = new ModelSettings { OpenAiKey = "k", ServiceUrl = new Uri("http://models.example.com") };
        var providers = both.CreateProviders(TimeProvider.System);
        Assert.Equal("service", providers.Find("claude-3-opus", out _)!.Provider.Name);
        Assert.Equal("openai", providers.Find("gpt-4o", out _)!.Provider.Name);
        var compatible = new ModelSettings { OpenAiUrl = new Uri("http://localhost:1234") };
        Assert.NotNull(compatible.CreateProviders(TimeProvider.System).Find("claude-3-opus", out _));
    }
}
