using Millrace.Nodes.Http;

namespace Millrace.Server.Configuration.ForNodes;

/// <summary>Reads what workflows may reach over HTTP.</summary>
internal sealed class OutgoingReader(SettingValues values)
{
    /// <summary>Which addresses they may call.</summary>
    public AddressGuard Addresses()
    {
        try
        {
            return AddressGuard.Allowing(values.Text(AddressGuard.Setting));
        }
        catch (FormatException e)
        {
            values.Problem(e.Message);
            return AddressGuard.PublicOnly;
        }
    }

    /// <summary>The proxy they call through; null: none.</summary>
    public OutgoingProxy? Proxy()
    {
        if (values.Text(SettingNames.HttpProxyUrl) is not { } text)
            return null;
        var proxy = OutgoingProxy.TryParse(text);
        if (proxy is null)
            values.Problem(
                $"{SettingNames.HttpProxyUrl} is not the address of a proxy. Use one such as http://proxy.example.com:3128, "
                + "or http://user:password@proxy.example.com:3128.");
        return proxy;
    }
}
