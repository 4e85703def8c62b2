// node dbos.js PORT WITNESS DATABASE: the workloads as DBOS workflows behind node's own HTTP server.
import http from 'node:http';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { effect } from './witness.js';

const [port, witness, database] = process.argv.slice(2);
let asleep = 0;
const nothing = async () => null;

const chain = DBOS.registerWorkflow(async () => {
  for (const step of 'abcde')
    await DBOS.runStep(nothing, { name: step });
  return 'done';
}, { name: 'chain' });

const pure = DBOS.registerWorkflow(async () => {
  let data = {};
  for (const step of 'abcde')
    data = { ...data, step };
  return 'done';
}, { name: 'pure' });

const fan = DBOS.registerWorkflow(async () => {
  await Promise.all(Array.from({ length: 100 }, (_, item) => DBOS.runStep(nothing, { name: `item ${item}` })));
  return 'done';
}, { name: 'fan' });

const sleeper = DBOS.registerWorkflow(async () => {
  await DBOS.runStep(async () => { asleep++; }, { name: 'count' });
  await DBOS.sleep(3_600_000);
}, { name: 'sleeper' });

const flight = DBOS.registerWorkflow(async () => {
  const id = DBOS.workflowID;
  await DBOS.runStep(() => effect(witness, `${id}:a`), { name: 'a' });
  await DBOS.sleep(2_000);
  await DBOS.runStep(() => effect(witness, `${id}:b`), { name: 'b' });
}, { name: 'flight' });

const started = async workflow => ({ id: (await DBOS.startWorkflow(workflow)()).workflowID });
const routes = {
  '/chain': chain,
  '/pure': pure,
  '/fan': fan,
  '/sleeper': () => started(sleeper),
  '/flight': () => started(flight),
  '/asleep': async () => asleep,
};

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: database, systemDatabasePoolSize: 20, logLevel: 'error' });
await DBOS.launch();
http.createServer((request, response) => {
  const handle = routes[request.url];
  request.resume();
  handle().then(
    result => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(result)),
    error => response.writeHead(500).end(String(error)));
}).listen(Number(port), '127.0.0.1');
