using System.Collections.Immutable;
using System.Globalization;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Ai.OpenAi;

/// <summary>
/// What models cost: a price list by model name. A dated name ("gpt-4o-2024-08-06") has the price of the name that it begins with.
/// </summary>
public sealed class ModelPrices
{
    private readonly ImmutableDictionary<string, ModelPrice> _prices;

    private ModelPrices(ImmutableDictionary<string, ModelPrice> prices) => _prices = prices;

    /// <summary>A list without prices: every model costs 0.</summary>
    public static ModelPrices None { get; } = new(ImmutableDictionary<string, ModelPrice>.Empty);

    /// <summary>OpenAI's list prices as last looked up; operators who need them exact set their own.</summary>
    public static ModelPrices OpenAi { get; } = None.With(Parse(
        "gpt-3.5-turbo=0.5/1.5,gpt-4=30/60,gpt-4-turbo=10/30,gpt-4o=2.5/10,gpt-4o-mini=0.15/0.6,gpt-4.1=2/8,gpt-4.1-mini=0.4/1.6,gpt-4.1-nano=0.1/0.4,"
        + "gpt-5=1.25/10,gpt-5-mini=0.25/2,gpt-5-nano=0.05/0.4,o3=2/8,o4-mini=1.1/4.4", out _)!);

    /// <summary>
    /// Reads a list such as "gpt-4o=2.5/10,my-model=0.1/0.2": US dollars per million tokens, in and out. Null with the part that is wrong.
    /// </summary>
    public static ModelPrices? Parse(string text, out string? wrong)
    {
        wrong = null;
        var prices = ImmutableDictionary.CreateBuilder<string, ModelPrice>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.LastIndexOf('=');
            var amounts = part[(equals + 1)..].Split('/');
            if (equals <= 0 || amounts.Length != 2 || !TryAmount(amounts[0], out var input) || !TryAmount(amounts[1], out var output))
            {
                wrong = part;
                return null;
            }
            prices[part[..equals].Trim()] = new(input, output);
        }
        return new(prices.ToImmutable());
    }

    /// <summary>These prices, overlaid by others.</summary>
    public ModelPrices With(ModelPrices others) => new(_prices.SetItems(others._prices));

    /// <summary>The price of a model; null: not known.</summary>
    public ModelPrice? Find(string model)
    {
        for (var name = model; name.Length > 0;)
        {
            if (_prices.TryGetValue(name, out var price))
                return price;
            var dash = name.LastIndexOf('-');
            // Only what follows may be cut off that is no model of its own: a date or a revision.
            if (dash < 0 || !char.IsAsciiDigit(name[^1]))
                return null;
            name = name[..dash];
        }
        return null;
    }

    private static bool TryAmount(string text, out decimal amount) =>
        decimal.TryParse(
            text,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out amount);
}
