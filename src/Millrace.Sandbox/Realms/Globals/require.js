(function (host) {
  'use strict';
  const HEX = bytes => bytes.toHex(), TEXT = new TextEncoder();
  const bytesOf = data => typeof data === 'string' ? TEXT.encode(data) : ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() : new Uint8Array(data);
  const written = (bytes, encoding) => {
    switch (encoding) {
      case undefined: return bytes;
      case 'hex': return HEX(bytes);
      case 'base64': return bytes.toBase64();
      case 'base64url': return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
      default: throw new TypeError(`There is no encoding '${encoding}' here; there are hex, base64 and base64url`);
    }
  };
  function gathering(digest) {
    let parts = [];
    return {
      update(data) { parts.push(bytesOf(data)); return this; },
      digest(encoding) {
        const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
        let at = 0;
        for (const part of parts) { all.set(part, at); at += part.length; }
        return written(digest(all), encoding);
      },
    };
  }
  const own = {
    crypto: () => ({
      randomUUID: () => host.uuid(),
      randomBytes: count => host.random(count),
      getRandomValues: array => crypto.getRandomValues(array),
      createHash: name => gathering(all => host.hash(name, all)),
      createHmac: (name, key) => gathering(all => host.hmac(name, bytesOf(key), all)),
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
      const where = host.modules() ? 'it is not in the folder of CODE_NODE_MODULES' : 'the operator can name a folder of modules with CODE_NODE_MODULES';
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
