using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Webhooks;

/// <summary>How the callers of one address prove themselves; its secrets are looked up when somebody calls.</summary>
public sealed class CallerAuthentication
{
    private static readonly TimeSpan MaxTolerance = TimeSpan.FromHours(1);

    private readonly SecretTemplate _config;

    private CallerAuthentication(SecretTemplate config, CallerAuth authored) => (_config, Authored) = (config, authored);

    /// <summary>As the config has it, with its templates.</summary>
    public CallerAuth Authored { get; }

    /// <summary>The header with the caller's credential, which nobody else is to see; null: it is none of the caller's own.</summary>
    public string? CredentialHeader => Authored.Type == CallerProof.Header ? Authored.Name : null;

    /// <summary>Reads the field "auth" of a config; null where everybody may call, or with problems added.</summary>
    public static CallerAuthentication? Compile(Value auth, NodeCompilation compilation)
    {
        if (auth.IsNull || auth.Equals("none"))
            return null;
        if (!auth.TryGetMap(out var map) || ConfigBinder.TryBind<CallerAuth>(map, out var problem) is not { } authored)
        {
            compilation.Error("/auth", "invalid_config", "This must be 'none' or an object such as {\"type\": \"hmac\", \"secret\": \"{{secrets.name}}\"}.");
            return null;
        }
        if (compilation.SecretTemplate(auth, "/auth") is not { } template)
            return null;
        if (!template.Template.IsConstant)
            compilation.Error("/auth", "invalid_value", "Callers are authenticated before the execution starts, so only secrets can be used here.");
        if (Problem(authored) is { } missing)
            compilation.Error("/auth", "invalid_value", missing);
        return compilation.HasErrors || authored.Type == CallerProof.None ? null : new(template, authored);
    }

    /// <summary>The config with its secrets; null with a sentence where one is not set.</summary>
    public CallerAuth? Fill(TenantSecrets secrets, out string? problem)
    {
        if (!_config.TryFill(_config.Template.Source, secrets.Find, out var filled, out var missing))
        {
            problem = secrets.Explain(missing!);
            return null;
        }
        var auth = ConfigBinder.TryBind<CallerAuth>(filled.AsMap(), out var unbound);
        // A secret may be set and yet be empty.
        problem = auth is null ? unbound!.Message : Problem(auth);
        return problem is null ? auth : null;
    }

    private static string? Problem(CallerAuth auth) => auth.Type switch
    {
        CallerProof.Basic when IsMissing(auth.Username) || IsMissing(auth.Password) => "Basic authentication needs 'username' and 'password'.",
        CallerProof.Header when IsMissing(auth.Name) || IsMissing(auth.Value) => "Authentication by a header needs 'name' and 'value'.",
        CallerProof.Header when auth.Name!.Contains("{{", StringComparison.Ordinal) => "The header's 'name' must be fixed text; its value may be a secret.",
        CallerProof.Jwt when IsMissing(auth.Secret) => "Authentication by a token needs the 'secret' that it is signed with.",
        CallerProof.Hmac when IsMissing(auth.Secret) => "Authentication by a signature needs its 'secret'.",
        CallerProof.Hmac when auth.Tolerance <= TimeSpan.Zero || auth.Tolerance > MaxTolerance => "The 'tolerance' must be positive and at most an hour.",
        _ => null,
    };

    private static bool IsMissing(string? text) => string.IsNullOrWhiteSpace(text);
}

/// <summary>Behaviour of a node that outsiders call.</summary>
public interface ICalledLogic
{
    /// <summary>How callers prove themselves; null: they need not.</summary>
    CallerAuthentication? Callers { get; }
}
