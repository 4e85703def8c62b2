using Millrace.Nodes.Ai;
using Millrace.Nodes.Ai.OpenAi;

namespace Millrace.Server.Configuration.ForNodes;

/// <summary>Reads which language models there are.</summary>
internal sealed class ModelSettingsReader(SettingValues values)
{
    public ModelSettings Read()
    {
        string? wrong = null;
        var prices = values.Text(SettingNames.ModelPrices) is { } text ? ModelPrices.Parse(text, out wrong) : ModelPrices.None;
        if (prices is null)
            values.Problem(
                $"{SettingNames.ModelPrices} has '{wrong}'. Use US dollars per million tokens in and out, such as gpt-4o=2.5/10, "
                + "separated by commas.");
        return new ModelSettings
        {
            OpenAiKey = values.Text(SettingNames.OpenAiKey),
            OpenAiUrl = values.HttpUrl(SettingNames.OpenAiUrl, "https://api.openai.com/v1"),
            ServiceUrl = values.HttpUrl(SettingNames.ModelServiceUrl, "http://localhost:8003/v1"),
            Prices = prices ?? ModelPrices.None,
        };
    }
}
