using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace Millrace.Sandbox.Realms;

/// <summary>
/// The functions that the globals are made with, which have checked what they hand over. Each is a function of its arguments alone,
/// but for the log, the modules and chance.
/// </summary>
internal static class Host
{
    /// <summary>All of them, for a realm.</summary>
    public static JsObject Functions(Realm realm)
    {
        var engine = realm.Engine;
        var host = new JsObject(engine);
        Add(host, "log", arguments => Log(realm, arguments));
        Add(host, "encode", arguments => Bytes(engine, Encoding.UTF8.GetBytes(Text(arguments, 0))));
        Add(host, "decode", arguments => Decode(engine, arguments));
        Add(host, "url", arguments => Parsed(engine, arguments));
        Add(host, "uuid", _ => Guid.NewGuid().ToString());
        Add(host, "random", arguments => Bytes(engine, RandomNumberGenerator.GetBytes((int)arguments[0].AsNumber())));
        Add(host, "hash", arguments => Hash(engine, Text(arguments, 0), arguments[1].AsUint8Array(), null));
        Add(host, "hmac", arguments => Hash(engine, Text(arguments, 0), arguments[2].AsUint8Array(), arguments[1].AsUint8Array()));
        Add(host, "modules", _ => realm.Modules is not null);
        Add(host, "find", arguments => realm.Modules?.Find(Text(arguments, 0), Text(arguments, 1)) is { } path ? path : JsValue.Null);
        Add(host, "read", arguments => realm.Modules!.Read(Text(arguments, 0)));
        Add(host, "compile", arguments => Compile(engine, Text(arguments, 0), Text(arguments, 1)));
        return host;
    }

    private static void Add(JsObject host, string name, Func<JsValue[], JsValue> body) =>
        host.FastSetDataProperty(name, new ClrFunction(host.Engine, name, (_, arguments) => Call(host.Engine, body, arguments)));

    // Code can replace what the globals are made of, so that they hand over anything; and files can be unreadable.
    private static JsValue Call(Engine engine, Func<JsValue[], JsValue> body, JsValue[] arguments)
    {
        try
        {
            return body(arguments);
        }
        catch (ArgumentException e)
        {
            throw new JavaScriptException(engine.Intrinsics.TypeError, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JavaScriptException(engine.Intrinsics.Error, "The module cannot be read", e);
        }
    }

    private static string Text(JsValue[] arguments, int at) =>
        TypeConverter.ToString(arguments.Length > at ? arguments[at] : JsValue.Undefined);

    private static JsTypedArray Bytes(Engine engine, byte[] bytes) => engine.Intrinsics.Uint8Array.Construct(bytes);

    private static JsValue Log(Realm realm, JsValue[] arguments)
    {
        realm.Log(Text(arguments, 0), Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Text(arguments, 1))));
        return JsValue.Undefined;
    }

    private static JsValue Decode(Engine engine, JsValue[] arguments)
    {
        var isFatal = TypeConverter.ToBoolean(arguments[2]);
        Encoding encoding = Text(arguments, 1) switch
        {
            "utf-8" => new UTF8Encoding(false, isFatal),
            "utf-16le" => new UnicodeEncoding(false, false, isFatal),
            "utf-16be" => new UnicodeEncoding(true, false, isFatal),
            _ => Encoding.Latin1,
        };
        try
        {
            return encoding.GetString(arguments[0].AsUint8Array());
        }
        catch (DecoderFallbackException e)
        {
            throw new JavaScriptException(engine.Intrinsics.TypeError, "The encoded data was not valid", e);
        }
    }

    private static JsValue Parsed(Engine engine, JsValue[] arguments)
    {
        if (WebAddress.Parse(Text(arguments, 0), arguments.Length > 1 && arguments[1].IsString()
            ? arguments[1].AsString() : null) is not { } address)
            return JsValue.Null;
        var parts = new JsObject(engine);
        parts.FastSetDataProperty("scheme", address.Scheme);
        parts.FastSetDataProperty("username", address.Username);
        parts.FastSetDataProperty("password", address.Password);
        parts.FastSetDataProperty("hostname", address.Host is { } host ? host : JsValue.Null);
        parts.FastSetDataProperty("port", address.Port is { } port ? port.ToString(CultureInfo.InvariantCulture) : "");
        parts.FastSetDataProperty("path", address.Path);
        parts.FastSetDataProperty("query", address.Query is { } query ? query : JsValue.Null);
        parts.FastSetDataProperty("fragment", address.Fragment is { } fragment ? fragment : JsValue.Null);
        return parts;
    }

    private static JsTypedArray Hash(Engine engine, string algorithm, byte[] data, byte[]? key)
    {
        var name = new HashAlgorithmName(algorithm.ToUpperInvariant().Replace("-", "", StringComparison.Ordinal));
        if (name.Name is not ("MD5" or "SHA1" or "SHA256" or "SHA384" or "SHA512"))
            throw new JavaScriptException(engine.Intrinsics.Error,
                $"There is no digest '{algorithm}' here; there are md5, sha1, sha256, sha384 and sha512");
        return Bytes(engine, key is null
            ? CryptographicOperations.HashData(name, data) : CryptographicOperations.HmacData(name, key, data));
    }

    private static JsValue Compile(Engine engine, string text, string path) =>
        engine.Evaluate($"(function (module, exports, require) {{{text}\n}})", path);
}
