using System.ComponentModel;

namespace Millrace.Engine.Webhooks;

/// <summary>Who may call an address of a workflow, as a config says it. Its texts may be secrets.</summary>
public sealed record CallerAuth
{
    /// <summary>The kind of authentication.</summary>
    [Description("How a caller authenticates. none: everyone who has the address may call. hmac: with a signature over the body.")]
    public required CallerProof Type { get; init; }

    /// <summary>Of basic: the user.</summary>
    [Description("The user, for basic.")]
    public string? Username { get; init; }

    /// <summary>Of basic: the password.</summary>
    [Description("The password, for basic.")]
    public string? Password { get; init; }

    /// <summary>Of header: its name.</summary>
    [Description("The name of the header, for header.")]
    public string? Name { get; init; }

    /// <summary>Of header: its value.</summary>
    [Description("The required value of the header, for header.")]
    public string? Value { get; init; }

    /// <summary>Of jwt and hmac: the key.</summary>
    [Description("The key, for jwt (HS256) and hmac. For the scheme standard it is text, or bytes in base64 after 'whsec_'.")]
    public string? Secret { get; init; }

    /// <summary>Of hmac: whose way.</summary>
    [Description("The signature scheme, for hmac: Standard Webhooks (the header webhook-signature), GitHub (X-Hub-Signature-256) or Stripe (Stripe-Signature).")]
    public SignatureScheme Scheme { get; init; }

    /// <summary>Of hmac: how far from now the time in a signature may be.</summary>
    [Description("The maximum age of a signature, for hmac; at most an hour. Signatures of GitHub contain no time.")]
    public TimeSpan Tolerance { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Of jwt: the claim iss; null: whoever.</summary>
    [Description("The required issuer of the token (iss), for jwt.")]
    public string? Issuer { get; init; }

    /// <summary>Of jwt: what the claim aud must name; null: whatever.</summary>
    [Description("The required audience of the token (aud), for jwt.")]
    public string? Audience { get; init; }
}

/// <summary>How a caller proves itself.</summary>
public enum CallerProof
{
    /// <summary>Callers are not authenticated.</summary>
    None,
    /// <summary>By a user and a password (RFC 7617).</summary>
    Basic,
    /// <summary>By a header that nobody else can know.</summary>
    Header,
    /// <summary>By a token that is signed with a shared key (RFC 7519, HS256).</summary>
    Jwt,
    /// <summary>By a signature over the body with a shared key.</summary>
    Hmac,
}

/// <summary>Ways to sign a webhook.</summary>
public enum SignatureScheme
{
    /// <summary>Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature.</summary>
    Standard,
    /// <summary>GitHub: X-Hub-Signature-256, and X-GitHub-Delivery.</summary>
    Github,
    /// <summary>Stripe: Stripe-Signature.</summary>
    Stripe,
}
