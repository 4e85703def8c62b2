// node restate.js PORT WITNESS: the workloads as a Restate service. Restate's own server calls it.
import * as restate from '@restatedev/restate-sdk';
import { effect } from './witness.js';

const [port, witness] = process.argv.slice(2);
const asleep = new Set();
const nothing = async () => null;
// What sleeps for longer than this leaves the memory of both; Restate's default is a minute.
const whileAsleep = { inactivityTimeout: 0 };

const bench = restate.service({
  name: 'bench',
  handlers: {
    chain: async context => {
      for (const step of 'abcde')
        await context.run(step, nothing);
      return 'done';
    },
    pure: async () => {
      let data = {};
      for (const step of 'abcde')
        data = { ...data, step };
      return 'done';
    },
    fan: async context => {
      await restate.RestatePromise.all(Array.from({ length: 100 }, (_, item) => context.run(`item ${item}`, nothing)));
      return 'done';
    },
    sleeper: restate.handlers.handler(whileAsleep, async context => {
      const sleep = context.sleep({ hours: 1 });
      asleep.add(context.request().id);
      await sleep;
    }),
    asleep: async () => asleep.size,
    flight: async context => {
      await context.run('a', () => effect(witness, `${context.request().id}:a`));
      await context.sleep({ seconds: 2 });
      await context.run('b', () => effect(witness, `${context.request().id}:b`));
    },
  },
});

restate.serve({ services: [bench], port: Number(port) });
