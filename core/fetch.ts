/** WHATWG `fetch`, handed in wherever somebody asks a server. */
export type Fetch = typeof globalThis.fetch;
