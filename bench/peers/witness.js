import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** A step's effect on the world: one POST to the witness, which counts how often each key comes. */
export const effect = (witness, key) => new Promise((resolve, reject) => {
  const request = http.request(witness, { method: 'POST', agent, headers: { 'Idempotency-Key': key } }, response => {
    response.resume();
    response.on('end', () => response.statusCode === 200 ? resolve(null) : reject(new Error(`The witness answered ${response.statusCode}.`)));
  });
  request.on('error', reject);
  request.end();
});
