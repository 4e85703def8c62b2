(function (host) {
  'use strict';
  const MOST_RANDOM = 2 ** 31 - 1;
  const TEXT = new TextEncoder();
  const latin1 = text => Uint8Array.from(text, letter => {
    if (letter.charCodeAt(0) > 255) throw new TypeError(`'${letter}' is no latin1 letter`);
    return letter.charCodeAt(0);
  });
  const decoded = (bytes, label) => new TextDecoder(label, { ignoreBOM: true }).decode(bytes);
  // To bytes, and from them.
  const ENCODINGS = {
    utf8: [text => TEXT.encode(text), bytes => decoded(bytes, 'utf-8')],
    hex: [text => Uint8Array.fromHex(text), bytes => bytes.toHex()],
    base64: [text => Uint8Array.fromBase64(text), bytes => bytes.toBase64()],
    base64url: [
      text => Uint8Array.fromBase64(text, { alphabet: 'base64url' }),
      bytes => bytes.toBase64({ alphabet: 'base64url', omitPadding: true }),
    ],
    latin1: [latin1, bytes => decoded(bytes, 'latin1')],
  };
  const ALIASES = { 'utf-8': 'utf8', binary: 'latin1' };
  const encodingOf = name => {
    const known = `${name}`.toLowerCase(), encoding = ENCODINGS[ALIASES[known] ?? known];
    if (encoding === undefined) throw new TypeError(`There is no encoding '${name}' here; there are ${Object.keys(ENCODINGS).join(', ')}`);
    return encoding;
  };
  function bytesOf(data, encoding = 'utf8') {
    if (typeof data === 'string') return encodingOf(encoding)[0](data);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    if (data instanceof ArrayBuffer) return new Uint8Array(data);
    throw new TypeError(`Text or bytes are needed, not ${data === null ? 'null' : `a value of type ${typeof data}`}`);
  }
  // As elsewhere, bytes say in which encoding they are to be text.
  const speaking = bytes => Object.defineProperty(bytes, 'toString', { value: (encoding = 'utf8') => encodingOf(encoding)[1](bytes) });
  const written = (bytes, encoding) => encoding === undefined || encoding === 'buffer' ? speaking(bytes) : encodingOf(encoding)[1](bytes);

  function gathering(digest) {
    let parts = [];
    const open = () => { if (parts === null) throw new Error('Its digest has been taken; make another'); };
    return {
      update(data, encoding) { open(); parts.push(bytesOf(data, encoding)); return this; },
      digest(encoding) {
        open();
        const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
        let at = 0;
        for (const part of parts) { all.set(part, at); at += part.length; }
        parts = null;
        return written(digest(all), encoding);
      },
    };
  }
  function randomBytes(count) {
    if (!Number.isInteger(count) || count < 0 || count > MOST_RANDOM)
      throw new RangeError(`randomBytes needs a whole number of bytes from 0 to ${MOST_RANDOM}`);
    return speaking(host.random(count));
  }
  const own = {
    crypto: () => ({
      randomUUID: () => host.uuid(),
      randomBytes,
      getRandomValues: array => crypto.getRandomValues(array),
      createHash: name => gathering(all => host.hash(name, all)),
      createHmac: (name, key) => {
        const secret = bytesOf(key);
        return gathering(all => host.hmac(name, secret, all));
      },
    }),
    url: () => ({ URL, URLSearchParams }),
    util: () => ({ TextEncoder, TextDecoder }),
  };
  const loaded = new Map();

  function load(name, from) {
    const short = `${name}`.replace(/^node:/, '');
    if (Object.hasOwn(own, short)) {
      if (!loaded.has(short)) loaded.set(short, { exports: own[short]() });
      return loaded.get(short).exports;
    }
    const path = host.find(short, from);
    if (path === null) {
      const where = host.modules()
        ? 'it is not in the folder of CODE_NODE_MODULES'
        : 'the operator can name a folder of modules with CODE_NODE_MODULES';
      throw new Error(`There is no module '${name}' here: code has crypto, url and util, and no files, network or programs; ${where}`);
    }
    if (!loaded.has(path)) {
      const module = { exports: {} };
      loaded.set(path, module);
      if (path.endsWith('.json')) module.exports = JSON.parse(host.read(path));
      else host.compile(host.read(path), path)(module, module.exports, inner => load(inner, path));
    }
    return loaded.get(path).exports;
  }
  return { require: name => load(name, '') };
})
