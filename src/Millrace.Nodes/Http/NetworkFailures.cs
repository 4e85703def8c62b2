using System.Net.Sockets;

namespace Millrace.Nodes.Http;

/// <summary>Says why a call got no whole answer: in words of our own, because the system's are in the language of the machine.</summary>
internal static class NetworkFailures
{
    /// <summary>The reason, without a full stop.</summary>
    public static string Explain(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            if (e is OperationCanceledException)
                return "it could not be reached in time";
            if (e is SocketException socket)
                return OfSocket(socket.SocketErrorCode);
            if (e is ProxyRefusedException proxy)
                return proxy.Message;
        }
        return failure switch
        {
            HttpRequestException http => OfHttp(http.HttpRequestError),
            HttpIOException http => OfHttp(http.HttpRequestError),
            InvalidDataException => "its answer cannot be unpacked",
            _ => "the connection broke off",
        };
    }

    private static string OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "the connection was refused; nothing listens there",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name leads to no address",
        SocketError.TimedOut => "it could not be reached in time",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown => "no network leads there",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the connection broke off",
        _ => $"the connection failed ({error})",
    };

    private static string OfHttp(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "its name leads to no address",
        HttpRequestError.ConnectionError => "the connection could not be made",
        HttpRequestError.SecureConnectionError => "no trusted TLS connection could be made; its certificate may be invalid, or it does not speak https",
        HttpRequestError.ResponseEnded => "the connection broke off before the answer was whole",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError => "it does not answer as HTTP asks",
        HttpRequestError.ConfigurationLimitExceeded => "its headers are larger than this server reads",
        _ => "the connection broke off",
    };
}
