namespace Millrace.Server.Access.Jwt;

/// <summary>What a token turned out to be. The set is closed.</summary>
internal abstract record JwtOutcome
{
    /// <summary>It is genuine and in force.</summary>
    internal sealed record Valid(Caller Caller) : JwtOutcome;

    /// <summary>The token is not valid, for a reason that the caller may know.</summary>
    /// <param name="Reason">A sentence for the caller.</param>
    internal sealed record Invalid(string Reason) : JwtOutcome;
}
