// Runs one call of somebody's code. Frames go out on standard output, one JSON object a line: {ready}, {log, level}, and at last {result} or
// {error: {type, message, line, trace}}. The call comes in as one line: {code, arguments} or {code, data}.
'use strict';
const fs = require('fs'), util = require('util'), vm = require('vm');
const FILE = 'code.js', LONGEST_LINE = 8192, NAME = /^[A-Za-z_$][\w$]*$/;

const writeSync = fs.writeSync.bind(fs), stringify = JSON.stringify.bind(JSON), exit = process.reallyExit.bind(process);
function send(frame) {
  const bytes = Buffer.from(stringify(frame) + '\n');
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function lines(level) {
  let rest = '';
  return {
    write(text) {
      const all = (rest + text).split('\n');
      rest = all.pop();
      for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) all.push(rest.slice(0, LONGEST_LINE));
      for (const line of all) send({ log: line, level });
      return true;
    },
    finish() {
      if (rest) send({ log: rest, level });
      rest = '';
    },
  };
}

const out = lines('info'), err = lines('warn');
process.stdout.write = text => out.write(String(text));
process.stderr.write = text => err.write(String(text));
for (const name of ['log', 'info', 'debug', 'dir', 'table']) console[name] = (...values) => void out.write(util.format(...values) + '\n');
for (const name of ['warn', 'error', 'trace']) console[name] = (...values) => void err.write(util.format(...values) + '\n');

function describe(error) {
  if (!(error instanceof Error) && typeof error?.stack !== 'string') return { type: 'Error', message: String(error).slice(0, 4000), line: null, trace: [] };
  const stack = String(error.stack);
  const line = /code\.js:(\d+)/.exec(stack);
  const trace = stack.split('\n').filter(text => /^\s+at .*code\.js:\d+/.test(text)).slice(0, 10).map(text => text.trim());
  return { type: String(error.name || 'Error'), message: String(error.message).slice(0, 4000), line: line ? Number(line[1]) : null, trace };
}

function finish(frame) {
  out.finish();
  err.finish();
  send(frame);
  exit(0);
}

// JSON leaves out or bends what it has no word for; here that is a mistake.
function checked(key, value) {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} at '${key}' is not a number of JSON`);
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`a ${typeof value} at '${key}'`);
  return value;
}

function argumentsOf(process, call) {
  if (!('arguments' in call)) return [call.data];
  const list = /^(?:async\s*)?(?:function\b[^(]*)?\(([^)]*)\)|^(?:async\s*)?([\w$]+)\s*=>/.exec(Function.prototype.toString.call(process));
  const names = ((list && (list[1] ?? list[2])) || '').split(',').map(name => name.split('=')[0].trim()).filter(Boolean);
  const isByName = names.length > 0 && names.every(name => NAME.test(name) && name in call.arguments);
  return isByName ? names.map(name => call.arguments[name]) : [call.arguments];
}

async function run(call) {
  const given = 'arguments' in call ? call.arguments : { data: call.data };
  const names = Object.keys(given).filter(name => NAME.test(name));
  const found = Symbol('process');
  const head = `(async function (require, __found, ${names.join(', ')}) {`;
  const script = new vm.Script(`${head}${call.code}\n;return { [__found]: typeof process === 'function' ? process : undefined };})`, { filename: FILE, columnOffset: -head.length });
  let result = await script.runInThisContext()(require, found, ...names.map(name => given[name]));
  if (result !== null && typeof result === 'object' && found in result) result = result[found] ? await result[found](...argumentsOf(result[found], call)) : null;
  try {
    return { result: result === undefined ? null : JSON.parse(stringify(result, checked)) };
  } catch (error) {
    return { error: { type: 'result', message: `the result cannot be JSON: ${String(error.message).slice(0, 1000)}`, line: null, trace: [] } };
  }
}

function read() {
  const parts = [], part = Buffer.alloc(65536);
  for (;;) {
    const count = fs.readSync(0, part);
    if (count === 0) break;
    parts.push(Buffer.from(part.subarray(0, count)));
    if (part.subarray(0, count).includes(10)) break;
  }
  return JSON.parse(Buffer.concat(parts).toString());
}

process.on('uncaughtException', error => finish({ error: describe(error) }));
process.on('unhandledRejection', error => finish({ error: describe(error) }));
send({ ready: true });
run(read()).then(finish, error => finish({ error: describe(error) }));
