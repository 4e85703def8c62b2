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
            if (e is ProxyRefusedException or UnaskedEncodingException)
                return e.Message;
        }
        return failure switch
        {
            HttpRequestException http => OfHttp(http.HttpRequestError),
            HttpIOException http => OfHttp(http.HttpRequestError),
            InvalidDataException => "its response cannot be decompressed: it is damaged, or its end is missing",
            _ => "the connection was closed",
        };
    }

    private static string OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "the connection was refused; nothing listens there",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name has no address",
        SocketError.TimedOut => "it could not be reached in time",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown =>
            "the network is unreachable",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the connection was closed",
        _ => $"the connection failed ({error})",
    };

    private static string OfHttp(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "its name has no address",
        HttpRequestError.ConnectionError => "the connection could not be made",
        HttpRequestError.SecureConnectionError =>
            "no trusted TLS connection could be made; its certificate may be invalid, or it does not support https",
        HttpRequestError.ResponseEnded => "the connection was closed before the response was complete",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError =>
            "its response is not valid HTTP",
        HttpRequestError.ConfigurationLimitExceeded => "its headers are too large",
        _ => "the connection was closed",
    };
}
