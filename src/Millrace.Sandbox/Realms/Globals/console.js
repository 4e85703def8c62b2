(function (host) {
  'use strict';
  const MOST_DEPTH = 3, MOST_ITEMS = 100, LONGEST_LINE = 8192, WIDE = 72;
  const isName = key => /^[A-Za-z_$][\w$]*$/.test(key);
  const quoted = text => "'" + JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'") + "'";

  function simple(value) {
    switch (typeof value) {
      case 'string': return quoted(value);
      case 'bigint': return `${value}n`;
      case 'symbol': return value.toString();
      case 'function': {
        const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function';
        return `[${kind}${value.name ? ': ' + value.name : ' (anonymous)'}]`;
      }
      default: return Object.is(value, -0) ? '-0' : String(value);
    }
  }

  function joined(open, parts, close) {
    if (parts.length === 0) return open + close;
    const line = `${open} ${parts.join(', ')} ${close}`;
    return line.length <= WIDE ? line : `${open}\n  ${parts.join(',\n').replace(/\n/g, '\n  ')}\n${close}`;
  }

  function some(items, write) {
    const parts = items.slice(0, MOST_ITEMS).map(write);
    if (items.length > MOST_ITEMS) parts.push(`... ${items.length - MOST_ITEMS} more`);
    return parts;
  }

  function inspect(value, depth = 0, open = []) {
    if (value === null || typeof value !== 'object') return simple(value);
    if (value instanceof Error) return value.stack ? String(value.stack).trimEnd() : `${value.name}: ${value.message}`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return 'Promise';
    if (open.includes(value)) return '[Circular]';
    const name = value.constructor?.name;
    if (depth >= MOST_DEPTH) return Array.isArray(value) ? '[Array]' : `[${name || 'Object'}]`;
    const within = [...open, value], inner = item => inspect(item, depth + 1, within);
    if (Array.isArray(value)) return joined('[', some(value, inner), ']');
    if (ArrayBuffer.isView(value)) {
      const items = value[Symbol.iterator] ? [...value] : [];
      return joined(`${name}(${value.length ?? value.byteLength}) [`, some(items, inner), ']');
    }
    if (value instanceof Map) {
      const parts = some([...value], ([key, item]) => `${inner(key)} => ${inner(item)}`);
      return joined(`Map(${value.size}) {`, parts, '}');
    }
    if (value instanceof Set) return joined(`Set(${value.size}) {`, some([...value], inner), '}');
    const own = some(Object.keys(value), key => `${isName(key) ? key : quoted(key)}: ${inner(value[key])}`);
    return joined(name && name !== 'Object' ? `${name} {` : '{', own, '}');
  }

  function format(...values) {
    let text = '';
    if (typeof values[0] === 'string' && values.length > 1) {
      const pattern = values.shift();
      text = pattern.replace(/%([sdifjoOc%])/g, (all, kind) => {
        if (kind === '%') return '%';
        if (values.length === 0) return all;
        const value = values.shift();
        switch (kind) {
          case 's': return typeof value === 'object' && value !== null ? inspect(value, 1) : String(value);
          case 'd': return typeof value === 'bigint' ? `${value}n` : String(Number(value));
          case 'i': return String(parseInt(value, 10));
          case 'f': return String(parseFloat(value));
          case 'j': return JSON.stringify(value);
          case 'c': return '';
          default: return inspect(value);
        }
      });
      if (values.length > 0) text += ' ';
    }
    return text + values.map(value => typeof value === 'string' ? value : inspect(value)).join(' ');
  }

  let indent = '';
  const counts = new Map(), times = new Map();
  function print(level, values) {
    for (let line of (indent + format(...values)).split('\n')) {
      for (; line.length > LONGEST_LINE; line = line.slice(LONGEST_LINE)) host.log(level, line.slice(0, LONGEST_LINE));
      host.log(level, line);
    }
  }
  const console = {
    assert(condition, ...values) { if (!condition) print('warn', ['Assertion failed', ...values]); },
    count(label = 'default') { counts.set(label, (counts.get(label) ?? 0) + 1); print('info', [`${label}: ${counts.get(label)}`]); },
    countReset(label = 'default') { counts.delete(label); },
    group(...values) { if (values.length > 0) print('info', values); indent += '  '; },
    groupEnd() { indent = indent.slice(2); },
    time(label = 'default') { times.set(label, Date.now()); },
    timeEnd(label = 'default') {
      if (times.has(label)) print('info', [`${label}: ${Date.now() - times.get(label)} ms`]);
      times.delete(label);
    },
  };
  for (const name of ['log', 'info', 'debug', 'dir', 'table']) console[name] = (...values) => print('info', values);
  for (const name of ['warn', 'error', 'trace']) console[name] = (...values) => print('warn', values);
  return { console, format, inspect };
})
