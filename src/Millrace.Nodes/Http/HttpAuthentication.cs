using System.Text;

namespace Millrace.Nodes.Http;

/// <summary>
/// The ways to authenticate that are part of the request from the beginning; what is fetched or signed is added when it is sent.
/// </summary>
internal static class HttpAuthentication
{
    /// <summary>What is missing for the chosen way; null: nothing.</summary>
    public static string? Problem(HttpAuth auth) => auth.Type switch
    {
        HttpAuthType.Basic when auth.Username is null || auth.Password is null => "Basic authentication needs 'username' and 'password'.",
        HttpAuthType.Bearer when string.IsNullOrEmpty(auth.Token) => "Bearer authentication needs a 'token'.",
        HttpAuthType.Header or HttpAuthType.Query when string.IsNullOrEmpty(auth.Name) || auth.Value is null =>
            "This type of authentication needs a 'name' and a 'value'.",
        HttpAuthType.Oauth2 when string.IsNullOrEmpty(auth.TokenUrl)
            || string.IsNullOrEmpty(auth.ClientId)
            || string.IsNullOrEmpty(auth.ClientSecret) =>
            "OAuth2 needs 'tokenUrl', 'clientId' and 'clientSecret'.",
        HttpAuthType.Oauth2 when !auth.TokenUrl!.Contains("{{", StringComparison.Ordinal)
            && HttpCallBuilder.UrlProblem(auth.TokenUrl) is { } problem =>
            $"'tokenUrl': {problem}",
        HttpAuthType.AwsSigV4 when string.IsNullOrEmpty(auth.AccessKeyId)
            || string.IsNullOrEmpty(auth.SecretAccessKey)
            || string.IsNullOrEmpty(auth.Region)
            || string.IsNullOrEmpty(auth.Service) =>
            "AWS Signature V4 needs 'accessKeyId', 'secretAccessKey', 'region' and 'service'.",
        _ => null,
    };

    /// <summary>Adds what is known beforehand to headers or query; gives the name of the header, if it is one.</summary>
    public static string? Add(HttpAuth? auth, Dictionary<string, string> headers, List<KeyValuePair<string, string>> query)
    {
        switch (auth?.Type)
        {
            case HttpAuthType.Basic: return Set("Authorization", "Basic " + Basic(auth.Username!, auth.Password!));
            case HttpAuthType.Bearer: return Set("Authorization", "Bearer " + auth.Token);
            case HttpAuthType.Header: return Set(auth.Name!, auth.Value!);
            case HttpAuthType.Query: query.Add(new(auth.Name!, auth.Value!)); return null;
            default: return null;
        }

        string Set(string name, string value)
        {
            headers[name] = value;
            return name;
        }
    }

    /// <summary>A name and a password as Basic authentication has them.</summary>
    public static string Basic(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
}
