(function () {
  'use strict';
  class DataCloneError extends Error { get name() { return 'DataCloneError'; } }

  function clone(value, seen) {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new DataCloneError(`${String(value).slice(0, 80)} could not be cloned`);
    if (value === null || typeof value !== 'object') return value;
    if (seen.has(value)) return seen.get(value);
    const keep = made => (seen.set(value, made), made);
    if (value instanceof Date) return keep(new Date(value.getTime()));
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
    if (value instanceof Boolean || value instanceof Number || value instanceof String) return keep(Object(value.valueOf()));
    if (value instanceof ArrayBuffer) return keep(value.slice(0));
    if (ArrayBuffer.isView(value)) {
      const length = value instanceof DataView ? value.byteLength : value.length;
      return keep(new value.constructor(clone(value.buffer, seen), value.byteOffset, length));
    }
    if (value instanceof Map) {
      const made = keep(new Map());
      for (const [key, item] of value) made.set(clone(key, seen), clone(item, seen));
      return made;
    }
    if (value instanceof Set) {
      const made = keep(new Set());
      for (const item of value) made.add(clone(item, seen));
      return made;
    }
    if (value instanceof Error) {
      const kinds = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
      const made = keep(Object.create((kinds[value.name] ?? Error).prototype));
      for (const key of ['message', 'stack', 'cause'].filter(key => key in value))
        Object.defineProperty(made, key, { value: clone(value[key], seen), writable: true, configurable: true });
      return made;
    }
    if ([Promise, WeakMap, WeakSet, WeakRef].some(kind => value instanceof kind))
      throw new DataCloneError(`A ${value.constructor?.name} could not be cloned`);
    const made = keep(Array.isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value))
      Object.defineProperty(made, key, { value: clone(value[key], seen), writable: true, enumerable: true, configurable: true });
    return made;
  }
  return { structuredClone: value => clone(value, new Map()) };
})
