(function (host) {
  'use strict';
  const crypto = {
    randomUUID: () => host.uuid(),
    getRandomValues(array) {
      if (!ArrayBuffer.isView(array) || [Float16Array, Float32Array, Float64Array, DataView].some(kind => array instanceof kind))
        throw new TypeError('getRandomValues needs an integer typed array');
      if (array.byteLength > 65536) throw new RangeError('getRandomValues gives at most 65,536 bytes');
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(host.random(array.byteLength));
      return array;
    },
    get subtle() { throw new Error("crypto.subtle is not there: use require('crypto').createHash or createHmac"); },
  };
  return { crypto };
})
