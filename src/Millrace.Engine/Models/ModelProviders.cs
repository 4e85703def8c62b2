using System.Collections.Immutable;

namespace Millrace.Engine.Models;

/// <summary>
/// Finds who answers for a model. "provider/model" names the provider; any other name goes to the first provider that may have
/// such a model. There is no other fallback: a model that nobody answers for is an error.
/// </summary>
public sealed class ModelProviders
{
    private readonly ImmutableArray<ModelProvider> _general;
    private readonly ImmutableDictionary<string, ModelProvider> _byName;
    private readonly ImmutableDictionary<string, string> _missing;
    private readonly string _howToConfigure;

    /// <summary>Creates the directory of configured providers.</summary>
    /// <param name="general">Providers that answer for any model name, in the order in which they are asked.</param>
    /// <param name="named">Providers that answer only where they are named.</param>
    /// <param name="missing">Providers that could be configured and are not: their names, and what to set for each.</param>
    public ModelProviders(IEnumerable<ModelProvider> general, IEnumerable<ModelProvider> named, IEnumerable<KeyValuePair<string, string>> missing)
    {
        _general = [.. general];
        _byName = _general.Concat(named).ToImmutableDictionary(provider => provider.Name, StringComparer.OrdinalIgnoreCase);
        _missing = missing.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);
        _howToConfigure = string.Join(", or ", missing.Select(provider => provider.Value));
    }

    /// <summary>Who answers for a model; null with a sentence that names the setting where nobody does.</summary>
    public ModelRoute? Find(string model, out string? problem)
    {
        problem = null;
        var slash = model.IndexOf('/', StringComparison.Ordinal);
        var prefix = slash < 0 ? model : model[..slash];
        if (_byName.TryGetValue(prefix, out var named) && (slash > 0 || !_general.Contains(named)))
            return new(named, slash < 0 ? "" : model[(slash + 1)..]);
        if (slash > 0 && _missing.TryGetValue(prefix, out var setting))
        {
            problem = $"The model '{model}' needs the provider '{prefix}', which is not configured: {setting}.";
            return null;
        }
        // Names such as "meta-llama/Llama-3" have a slash of their own.
        if (_general.FirstOrDefault(provider => provider.Serves(model)) is { } general)
            return new(general, model);
        problem = $"No provider is configured for the model '{model}': {_howToConfigure}. To try the workflow without one, use the model 'mock'.";
        return null;
    }
}

/// <summary>Who answers for a model.</summary>
/// <param name="Provider">The provider that serves the model.</param>
/// <param name="Model">The model by the provider's own name.</param>
public sealed record ModelRoute(ModelProvider Provider, string Model);
