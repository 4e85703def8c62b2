// What this orchestrator can do. A skill is a function of its input and of the attempt, from 1, and gives {output} or {error}; with `after`,
// a number of milliseconds, it is a task that takes so long.

export const tools = {
  add: (input) => typeof input?.a === 'number' && typeof input?.b === 'number'
    ? { output: { sum: input.a + input.b } }
    : { error: { type: 'invalid_input', message: "'a' and 'b' must be numbers.", retryable: false } },
  // Fails the first time, as services do.
  flaky: (input, attempt) => attempt === 1
    ? { error: { type: 'busy', message: 'Not just now.', retryable: true } }
    : { output: { attempt, input } },
};

export const agents = {
  // Answers at once.
  summariser: (input) => ({ output: { summary: String(input?.text ?? input ?? '').split(/[.!?]/)[0].trim() } }),
  // Takes its time.
  researcher: (input) => ({ after: input?.milliseconds ?? 500, output: { topic: input?.topic ?? null, findings: [`${input?.topic ?? 'It'} is worth reading about.`] } }),
  // Takes its time and then fails: for good, or, with `once`, the first time only.
  unreliable: (input, attempt) => ({
    after: input?.milliseconds ?? 500,
    ...(input?.once && attempt > 1 ? { output: { attempt } } : { error: { type: 'agent_lost', message: 'The agent lost its way.', retryable: !!input?.once } }),
  }),
};

const messages = new Map();

export function conversations(id) {
  return (input) => {
    const said = messages.get(id) ?? messages.set(id, []).get(id);
    said.push(typeof input === 'string' ? input : JSON.stringify(input));
    return { output: { reply: said.length === 1 ? `Hello. You said: ${said[0]}` : `That is message ${said.length}. You began with: ${said[0]}`, messages: said.length } };
  };
}

const library = [
  { collection: 'handbook', id: 'refunds', text: 'Refunds are paid within 14 days of the return.' },
  { collection: 'handbook', id: 'shipping', text: 'Shipping takes two days inside the country and seven days abroad.' },
  { collection: 'handbook', id: 'warranty', text: 'The warranty covers two years. Shipping of repairs is free.' },
];

// Counts the words that a document and the query share.
export function retrieve({ query, collection, topK = 5 }) {
  const words = (text) => new Set(String(text).toLowerCase().match(/\w+/g) ?? []);
  const wanted = words(query);
  return library
    .filter((document) => !collection || document.collection === collection)
    .map(({ id, text }) => ({ id, text, score: [...words(text)].filter((word) => wanted.has(word)).length / Math.max(wanted.size, 1) }))
    .filter((document) => document.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, topK);
}
