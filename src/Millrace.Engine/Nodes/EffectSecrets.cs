using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Nodes;

/// <summary>The secrets of one attempt of an effect.</summary>
public sealed class EffectSecrets
{
    private readonly TenantSecrets _tenant;
    private List<KeyValuePair<string, SecretHosts>>? _bound;
    private Dictionary<string, string>? _used;
    private SecretRedactor? _redactor;
    private string? _explanation;
    private SecretTemplate? _config;

    internal EffectSecrets(TenantSecrets tenant) => _tenant = tenant;

    /// <summary>
    /// Takes out what this attempt used and what it made of that, and nothing else: a value that was never sent comes back by chance only,
    /// and whoever saw it replaced could test guesses of it.
    /// </summary>
    internal SecretRedactor Redactor => _redactor ??= _used is null
        ? SecretRedactor.None
        : new SecretRedactor(_used) { OwnSentence = _explanation };

    /// <summary>
    /// Why what this node was given may not be sent to a host, as a sentence: a secret of its config is bound to others. Null: it may. Ask before
    /// anything is sent; <c>OutgoingHttp</c> does for every call and redirect.
    /// </summary>
    public string? RefusalOf(string host)
    {
        foreach (var (name, hosts) in _bound ?? [])
        {
            if (!hosts.Allow(host))
                return $"The secret '{name}' may be sent to {string.Join(", ", hosts.Names)} only, and this request would send it to "
                    + $"'{host}'. Nothing was sent. To allow it, add that host to the hosts of the secret.";
        }
        return null;
    }

    /// <summary>Whether a secret stands in a field of the config, given by its keys: "headers", "X-Key".</summary>
    public bool IsAt(params ReadOnlySpan<string> path) => _config?.HasSecretAt(path) == true;

    /// <summary>Lets a secret that was made of others, such as a token that was fetched for a password, be taken out of what comes back.</summary>
    /// <param name="name">What is shown in its place.</param>
    /// <param name="value">The value to redact.</param>
    public void Add(string name, string value)
    {
        (_used ??= new(StringComparer.Ordinal))[name] = value;
        _redactor = null;
    }

    /// <summary>
    /// Fills secrets of the tenant into a tree that is not the node's config, such as a stored integration. They count as the node's own: bound to
    /// their hosts, and taken out of what comes back.
    /// </summary>
    /// <param name="template">The value with references to secrets.</param>
    /// <param name="evaluated">What its <see cref="SecretTemplate.Template"/> came to.</param>
    /// <param name="problem">Why it cannot be filled, as a sentence; null: it is.</param>
    public Value Fill(SecretTemplate template, Value evaluated, out string? problem)
    {
        problem = template.TryFill(evaluated, Use, out var filled, out var missing) ? null : Explain(missing!);
        return filled;
    }

    /// <summary>Fills the tenant's secrets into the node's own config.</summary>
    internal Value FillConfig(SecretTemplate template, Value rendered, out string? problem)
    {
        _config = template;
        return Fill(template, rendered, out problem);
    }

    /// <summary>Gives a secret, which counts as used.</summary>
    internal string? Use(string name)
    {
        var value = _tenant.Find(name);
        if (value is not null)
            Add(name, value);
        if (value is not null && _tenant.HostsOf(name) is { IsAny: false } hosts)
            (_bound ??= []).Add(new(name, hosts));
        return value;
    }

    private string Explain(string missing)
    {
        _redactor = null;
        return _explanation = _tenant.Explain(missing);
    }
}
