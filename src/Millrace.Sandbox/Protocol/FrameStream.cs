using System.Buffers.Binary;

namespace Millrace.Sandbox.Protocol;

/// <summary>
/// The two ends of a sandboxed process: frames of four bytes of length, least significant first, and as many bytes of JSON. Both
/// directions block: each end has a thread of its own for it.
/// </summary>
/// <param name="input">Where frames come from.</param>
/// <param name="output">Where they go.</param>
/// <param name="longest">The largest frame that is taken, bytes.</param>
internal sealed class FrameStream(Stream input, Stream output, int longest)
{
    private const int HeadBytes = 4;
    private const int KeptBytes = 64 * 1024;

    private readonly byte[] _head = new byte[HeadBytes];
    private byte[] _out = new byte[4096];
    private byte[] _in = new byte[4096];
    private int _held;

    /// <summary>Reads the next frame. It is good until the next call; empty: the other end has closed.</summary>
    /// <exception cref="InvalidDataException">It is larger than it may be, or ends early.</exception>
    public ReadOnlyMemory<byte> Read()
    {
        if (input.ReadAtLeast(_head, HeadBytes, throwOnEndOfStream: false) < HeadBytes)
            return default;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_head);
        if (length <= 0 || length > longest)
            throw new InvalidDataException($"A frame of {(uint)length} bytes is not taken.");
        if (_in.Length < length || (_in.Length > KeptBytes && length < KeptBytes))
            _in = new byte[Math.Max(length, 4096)];
        if (input.ReadAtLeast(_in.AsSpan(0, length), length, throwOnEndOfStream: false) < length)
            throw new InvalidDataException("A frame ends early.");
        return _in.AsMemory(0, length);
    }

    /// <summary>Adds a frame to what the next <see cref="Flush"/> writes.</summary>
    /// <returns>How many bytes wait to be written.</returns>
    public int Add(ReadOnlySpan<byte> json)
    {
        var needed = _held + HeadBytes + json.Length;
        if (_out.Length < needed)
            Array.Resize(ref _out, Math.Max(needed, _out.Length * 2));
        BinaryPrimitives.WriteInt32LittleEndian(_out.AsSpan(_held), json.Length);
        json.CopyTo(_out.AsSpan(_held + HeadBytes));
        return _held = needed;
    }

    /// <summary>Writes what waits.</summary>
    public void Flush()
    {
        if (_held == 0)
            return;
        output.Write(_out, 0, _held);
        output.Flush();
        _held = 0;
        if (_out.Length > KeptBytes)
            _out = new byte[4096];
    }
}
