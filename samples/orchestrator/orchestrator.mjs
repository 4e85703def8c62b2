// A small Agent Orchestrator: what Millrace's nodes `tool`, `agentTask`, `conversation` and `rag` talk to, over plain HTTP.
// The contract is docs/orchestrator-openapi.json. Everything is kept in memory; a real one keeps keys and tasks in a database.
//
//   ORCHESTRATOR_TOKEN=secret node orchestrator.mjs 127.0.0.1:8010
import { createServer } from 'node:http';
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { agents, conversations, retrieve, tools } from './skills.mjs';

const [host, port] = (process.argv[2] ?? '127.0.0.1:8010').split(':');
const token = process.env.ORCHESTRATOR_TOKEN ?? '';
const longestBody = 10 * 1024 * 1024;

// What was asked under each idempotency key, and what became of it: the same key never does the same work twice.
const asked = new Map();

const routes = [
  [/^\/v1\/tools\/([^/]+)\/invoke$/, (name) => named(tools, name)],
  [/^\/v1\/agents\/([^/]+)\/tasks$/, (name) => named(agents, name)],
  [/^\/v1\/conversations\/([^/]+)\/messages$/, (id) => conversations(id)],
];

const server = createServer(async (request, response) => {
  const reply = (status, body) => {
    console.log(`${request.method} ${request.url} ${status} key=${request.headers['idempotency-key'] ?? ''} traceparent=${request.headers.traceparent ?? ''}`);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    if (!isAllowed(request.headers.authorization)) return reply(401, failure('auth', 'The bearer token is missing or wrong.'));
    if (request.method !== 'POST') return reply(405, failure('method', 'Only POST is understood.'));
    const body = JSON.parse(await read(request));
    if (request.url === '/v1/retrieve') return reply(200, { documents: retrieve(body), ...accounts(body.query, '', body.traceId) });
    for (const [pattern, find] of routes) {
      const match = pattern.exec(request.url);
      const skill = match && find(decodeURIComponent(match[1]));
      if (skill) return await answer(skill, request.headers['idempotency-key'], body, reply);
    }
    reply(404, failure('not_found', `There is nothing at ${request.url}.`));
  } catch (e) {
    reply(e instanceof SyntaxError ? 400 : 500, failure('orchestrator', e.message, !(e instanceof SyntaxError)));
  }
});

server.listen(Number(port), host, () => console.log(`The orchestrator listens on http://${host}:${server.address().port}`));

// One call. A skill gives its output at once, or says with `after` (milliseconds) that it takes longer.
async function answer(skill, key, body, reply) {
  const { input, traceId, callbackUrl } = body;
  const before = key && asked.get(key);
  // The next attempt has a new address, and nobody listens at the last one any more.
  if (before?.isRunning) before.callbackUrl = callbackUrl;
  if (before?.isRunning) return reply(202, { taskId: before.taskId });
  if (before?.status) return reply(before.status, before.answer);

  const entry = { attempt: (before?.attempt ?? 0) + 1, callbackUrl };
  if (key) asked.set(key, entry);
  const { after, ...result } = skill(input, entry.attempt);
  const finished = result.error
    ? { error: result.error, ...accounts(input, '', traceId) }
    : { output: result.output, ...accounts(input, result.output, traceId) };
  // What may succeed another time is not remembered: the next attempt begins anew.
  const status = result.error?.retryable ? undefined : result.error ? 422 : 200;
  if (after === undefined || !callbackUrl) {
    Object.assign(entry, { status, answer: finished });
    return reply(status ?? 503, finished);
  }
  Object.assign(entry, { isRunning: true, taskId: randomUUID() });
  setTimeout(() => {
    Object.assign(entry, { isRunning: false, status, answer: finished });
    deliver(entry.callbackUrl, { taskId: entry.taskId, ...finished });
  }, after);
  reply(202, { taskId: entry.taskId });
}

// Tells Millrace how a task ended. It may be down just now: until it answers, it is asked again. 409: it knows already;
// 404 and 410: nobody waits any more.
async function deliver(url, result, pause = 200) {
  let status = 0;
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(result) });
    await response.arrayBuffer();
    status = response.status;
  } catch {
    console.log(`callback unanswered, again in ${pause} ms`);
  }
  if (status >= 200 && status < 500 && status !== 429) console.log(`callback ${result.taskId} ${status}`);
  else setTimeout(() => deliver(url, result, Math.min(pause * 2, 10_000)), pause);
}

// What a call took, and the trace that it belongs to: every answer has both. Here a word is a token, and a thousand are a dollar.
function accounts(input, output, traceId) {
  const words = (value) => (JSON.stringify(value ?? '').match(/\w+/g) ?? []).length;
  const [tokensIn, tokensOut] = [words(input), words(output)];
  return { usage: { tokensIn, tokensOut, money: (tokensIn + tokensOut) / 1000 }, traceId };
}

function failure(type, message, retryable = false) {
  return { error: { type, message, retryable } };
}

function named(skills, name) {
  return Object.hasOwn(skills, name) ? skills[name] : undefined;
}

function isAllowed(authorization = '') {
  const digest = (text) => createHash('sha256').update(text).digest();
  return token === '' || timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}

async function read(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > longestBody) throw new Error('The body is too large.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
