(function (host) {
  'use strict';
  const LABELS = {
    'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8', 'utf-16': 'utf-16le', 'utf-16le': 'utf-16le', 'utf-16be': 'utf-16be',
    latin1: 'iso-8859-1', 'iso-8859-1': 'iso-8859-1', ascii: 'iso-8859-1', 'us-ascii': 'iso-8859-1',
  };
  const bytesOf = data => {
    if (data === undefined) return new Uint8Array(0);
    if (data instanceof ArrayBuffer) return new Uint8Array(data);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    throw new TypeError('Bytes are needed: an ArrayBuffer or a typed array');
  };

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    get [Symbol.toStringTag]() { return 'TextEncoder'; }
    encode(text = '') { return host.encode(`${text}`); }
    encodeInto(text, target) {
      let read = 0, written = 0;
      for (const character of `${text}`) {
        const bytes = host.encode(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #encoding; #fatal; #ignoreBOM;
    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
      this.#encoding = LABELS[`${label}`.trim().toLowerCase()];
      if (!this.#encoding) throw new RangeError(`There is no encoding '${label}' here; there are utf-8, utf-16le, utf-16be and iso-8859-1`);
      this.#fatal = !!fatal;
      this.#ignoreBOM = !!ignoreBOM;
    }
    get encoding() { return this.#encoding; }
    get [Symbol.toStringTag]() { return 'TextDecoder'; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(data, { stream = false } = {}) {
      if (stream) throw new TypeError('A TextDecoder decodes all at once here, without { stream: true }');
      const text = host.decode(bytesOf(data), this.#encoding, this.#fatal);
      return !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
  }

  function btoa(text) {
    const bytes = new Uint8Array(`${text}`.length);
    for (let at = 0; at < bytes.length; at++) {
      const code = `${text}`.charCodeAt(at);
      if (code > 255) throw new RangeError('btoa takes characters up to U+00FF; encode text with TextEncoder and toBase64()');
      bytes[at] = code;
    }
    return bytes.toBase64();
  }
  const atob = text => host.decode(Uint8Array.fromBase64(`${text}`), 'iso-8859-1', false);
  return { TextEncoder, TextDecoder, atob, btoa };
})
