using Millrace.Core.Nodes;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Effects;

/// <summary>Reads the tenant's secrets before an attempt. They are taken out of what it comes to when it ends: see <see cref="RunningEffect.Redact(NodeOutcome)"/>.</summary>
internal sealed class SecretStage(EffectStage next, SecretVault vault)
{
    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect)
    {
        var reading = vault.ReadAsync(effect.Owner.Identity.Tenant, effect.Cancellation);
        if (!reading.IsCompletedSuccessfully)
            return ReadAndRunAsync(effect, reading);
        effect.Secrets = reading.Result;
        return next(effect);
    }

    private async ValueTask<NodeOutcome> ReadAndRunAsync(RunningEffect effect, ValueTask<TenantSecrets> reading)
    {
        effect.Secrets = await reading;
        return await next(effect);
    }
}
