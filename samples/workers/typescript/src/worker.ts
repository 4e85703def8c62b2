// A node type in TypeScript. Run it with: npm ci && npm start

import { TaskFailed, Worker } from "./millrace.js";

interface SlugConfig {
  title: string;
  longest?: number;
}

const worker = new Worker({
  url: process.env.MILLRACE_URL ?? "http://127.0.0.1:8001",
  name: `typescript-${process.pid}`,
  token: process.env.MILLRACE_TOKEN,
});

worker.handles<SlugConfig>(
  {
    type: "makeSlug",
    title: "Make a slug",
    summary: "Makes of a title what can stand in an address.",
    configSchema: {
      type: "object",
      required: ["title"],
      properties: {
        title: { type: "string", description: "The title." },
        longest: { type: "integer", minimum: 1, default: 60, description: "The most characters." },
      },
    },
    timeout: "PT1M",
  },
  async ({ config }) => {
    const slug = config.title
      .normalize("NFKD")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, config.longest ?? 60);
    if (slug === "") throw new TaskFailed("The title has no letters.", "empty_title", false);
    return { output: slug, meta: { characters: slug.length } };
  },
);

await worker.run();
