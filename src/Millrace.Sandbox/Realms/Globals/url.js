(function (host) {
  'use strict';
  const SPECIAL = { 'http': '80', 'https': '443', 'ftp': '21', 'ws': '80', 'wss': '443', 'file': '' };
  const TEXT = new TextEncoder(), BYTES = new TextDecoder();
  const form = text => {
    let out = '';
    for (const byte of TEXT.encode(text)) {
      const letter = String.fromCharCode(byte);
      out += byte === 32 ? '+' : /[A-Za-z0-9*\-._]/.test(letter) ? letter : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
    }
    return out;
  };
  const unform = text => {
    const bytes = TEXT.encode(text.replace(/\+/g, ' ')), out = [];
    for (let at = 0; at < bytes.length; at++) {
      const hex = bytes[at] === 37 ? String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : '';
      if (/^[0-9a-fA-F]{2}$/.test(hex)) { out.push(parseInt(hex, 16)); at += 2; } else out.push(bytes[at]);
    }
    return BYTES.decode(new Uint8Array(out));
  };

  class URLSearchParams {
    #pairs = []; #changed = null;
    constructor(init = '') {
      if (init !== null && typeof init === 'object') {
        const pairs = typeof init[Symbol.iterator] === 'function' ? [...init] : Object.entries(init);
        for (const pair of pairs) {
          if ([...pair].length !== 2) throw new TypeError('URLSearchParams needs pairs of a name and a value');
          this.#pairs.push([`${pair[0]}`, `${pair[1]}`]);
        }
      } else this.#read(`${init}`);
    }
    static of(query, changed) { const made = new URLSearchParams(query); made.#changed = changed; return made; }
    static replace(params, query) { params.#pairs = []; params.#read(query); }
    #read(query) {
      for (const part of query.replace(/^\?/, '').split('&')) {
        if (!part) continue;
        const at = part.indexOf('=');
        this.#pairs.push(at < 0 ? [unform(part), ''] : [unform(part.slice(0, at)), unform(part.slice(at + 1))]);
      }
    }
    #tell() { this.#changed?.(this.toString()); }
    get size() { return this.#pairs.length; }
    get [Symbol.toStringTag]() { return 'URLSearchParams'; }
    append(name, value) { this.#pairs.push([`${name}`, `${value}`]); this.#tell(); }
    delete(name, value) {
      this.#pairs = this.#pairs.filter(([key, item]) => key !== `${name}` || (value !== undefined && item !== `${value}`));
      this.#tell();
    }
    get(name) { return this.#pairs.find(([key]) => key === `${name}`)?.[1] ?? null; }
    getAll(name) { return this.#pairs.filter(([key]) => key === `${name}`).map(([, value]) => value); }
    has(name, value) { return this.#pairs.some(([key, item]) => key === `${name}` && (value === undefined || item === `${value}`)); }
    set(name, value) {
      const at = this.#pairs.findIndex(([key]) => key === `${name}`);
      if (at < 0) this.#pairs.push([`${name}`, `${value}`]);
      else {
        this.#pairs[at] = [`${name}`, `${value}`];
        this.#pairs = this.#pairs.filter(([key], index) => key !== `${name}` || index === at);
      }
      this.#tell();
    }
    sort() { this.#pairs.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0); this.#tell(); }
    forEach(callback, self) { for (const [name, value] of this.#pairs) callback.call(self, value, name, this); }
    *entries() { for (const pair of this.#pairs) yield [...pair]; }
    *keys() { for (const [name] of this.#pairs) yield name; }
    *values() { for (const [, value] of this.#pairs) yield value; }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return this.#pairs.map(([name, value]) => `${form(name)}=${form(value)}`).join('&'); }
  }

  class URL {
    #parts; #params = null;
    constructor(address, base) {
      this.#parts = URL.#parse(`${address}`, base);
      if (this.#parts === null) throw new TypeError(`Invalid URL: '${address}'`);
    }
    static #parse(address, base) { return base === undefined ? host.url(address) : host.url(address, `${base}`); }
    static canParse(address, base) { return URL.#parse(`${address}`, base) !== null; }
    static parse(address, base) { return URL.canParse(address, base) ? new URL(address, base) : null; }
    #build({ scheme, username, password, hostname, port, path, query, fragment } = this.#parts) {
      const who = username || password ? `${username}${password ? ':' + password : ''}@` : '';
      const authority = hostname === null ? '' : `//${who}${hostname}${port ? ':' + port : ''}`;
      const start = hostname === null && path.startsWith('//') ? '/.' : '';
      return `${scheme}:${authority}${start}${path}${query === null ? '' : '?' + query}${fragment === null ? '' : '#' + fragment}`;
    }
    // What makes no address is not taken.
    #change(parts) {
      const made = host.url(this.#build({ ...this.#parts, ...parts }));
      if (made === null) return;
      this.#parts = made;
      if (this.#params) URLSearchParams.replace(this.#params, made.query ?? '');
    }
    get href() { return this.#build(); }
    set href(value) {
      const made = host.url(`${value}`);
      if (made === null) throw new TypeError(`Invalid URL: '${value}'`);
      this.#parts = made;
      if (this.#params) URLSearchParams.replace(this.#params, made.query ?? '');
    }
    get origin() {
      const { scheme } = this.#parts;
      return scheme in SPECIAL && scheme !== 'file' ? `${scheme}://${this.host}` : 'null';
    }
    get protocol() { return this.#parts.scheme + ':'; }
    set protocol(value) {
      const scheme = `${value}`.split(':')[0].toLowerCase();
      if (/^[a-z][a-z0-9+.-]*$/.test(scheme) && (scheme in SPECIAL) === (this.#parts.scheme in SPECIAL)) this.#change({ scheme });
    }
    get username() { return this.#parts.username; }
    set username(value) { if (this.#parts.hostname) this.#change({ username: encodeURIComponent(value) }); }
    get password() { return this.#parts.password; }
    set password(value) { if (this.#parts.hostname) this.#change({ password: encodeURIComponent(value) }); }
    get host() { return (this.#parts.hostname ?? '') + (this.#parts.port ? ':' + this.#parts.port : ''); }
    set host(value) {
      const [, hostname, port] = /^(\[[^\]]*\]|[^:/?#\\@]*)(?::(\d+))?/.exec(`${value}`) ?? [];
      if (hostname) this.#change(port === undefined ? { hostname } : { hostname, port });
    }
    get hostname() { return this.#parts.hostname ?? ''; }
    set hostname(value) {
      if (this.#parts.hostname !== null && !/[:/?#\\@]/.test(`${value}`.replace(/^\[.*\]$/, ''))) this.#change({ hostname: `${value}` });
    }
    get port() { return this.#parts.port; }
    set port(value) { const port = /^\d*/.exec(`${value}`)[0]; if (port || value === '') this.#change({ port }); }
    get pathname() { return this.#parts.path; }
    set pathname(value) {
      const path = `${value}`.replace(/\?/g, '%3F').replace(/#/g, '%23');
      this.#change({ path: this.#parts.hostname !== null && !path.startsWith('/') ? '/' + path : path });
    }
    get search() { return this.#parts.query ? '?' + this.#parts.query : ''; }
    set search(value) { this.#change({ query: `${value}` === '' ? null : `${value}`.replace(/^\?/, '').replace(/#/g, '%23') }); }
    get hash() { return this.#parts.fragment ? '#' + this.#parts.fragment : ''; }
    set hash(value) { this.#change({ fragment: `${value}` === '' ? null : `${value}`.replace(/^#/, '') }); }
    get searchParams() {
      const changed = query => { this.#parts = { ...this.#parts, query: query || null }; };
      return this.#params ??= URLSearchParams.of(this.#parts.query ?? '', changed);
    }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }
  return { URL, URLSearchParams };
})
