import { BUNDLE_LIMITS } from '../content/index.ts';

/**
 * Every limit on what strangers may send, for every door, in one place. Sizes in bytes, times in
 * milliseconds. Tests attack each door with the same corpus.
 */
export const LIMITS = {
  http: {
    bodyBytes: 256 * 1024,
    urlBytes: 16 * 1024,
    headersTimeoutMs: 10_000,
    /** Until the request is read; answers (downloads) may take as long as they move. */
    requestTimeoutMs: 30_000,
    keepAliveTimeoutMs: 65_000,
    maxConnections: 20_000,
    /** A reader that takes nothing for so long is cut off. */
    stalledReaderTimeoutMs: 60_000,
  },
  graphql: {
    tokens: 1_000,
    depth: 15,
    aliases: 30,
    rootFields: 20,
    recursiveSelections: 5_000,
    cost: 5_000,
    errors: 5,
    executionTimeoutMs: 10_000,
    pageSizeDefault: 50,
    pageSizeMax: 200,
  },
  webSocket: {
    messageBytes: 64 * 1024,
    nodeMessageBytes: 1024 * 1024,
    subscriptionsPerSocket: 50,
    socketsPerPrincipal: 10,
    initTimeoutMs: 3_000,
    pingIntervalMs: 12_000,
    bufferedBytes: 1024 * 1024,
    bufferedForMs: 10_000,
  },
  xml: {
    bodyBytes: 64 * 1024,
    depth: 64,
    packagesPerRequest: 100,
    addressesPerRequest: 64,
  },
  agents: {
    /** Requests per client address; a burst of twice the rate is let through. */
    requestsPerSecondPerAddress: 50,
    /** Sign-in failures per client address before it has to wait. */
    failedTokensPerMinute: 30,
  },
  /**
   * When this server has all the work it takes at once: the share of the places that each tier may
   * fill, and when it is told to come back (a fixed part and one by chance).
   */
  tiers: {
    UNCONSTRAINED: { share: 1, retryMinMs: 1_000, retrySpreadMs: 2_000 },
    CONSTRAINED: { share: 0.9, retryMinMs: 2_000, retrySpreadMs: 8_000 },
    AGENT: { share: 0.75, retryMinMs: 5_000, retrySpreadMs: 25_000 },
  },
  files: {
    /** Package files that are sent at once; each may hold a buffer of 256 KiB. */
    concurrentAnswers: 1_000,
  },
  nodes: {
    /** Of a signed GraphQL request: a full report of 5,000 packages. */
    bodyBytes: 4 * 1024 * 1024,
    enrollmentBytes: 8 * 1024,
    /** Of one package server from one address, before it has to wait. */
    failedSignaturesPerMinute: 30,
    /** Per client address. */
    failedEnrollmentsPerMinute: 30,
    /** Of a request to be admitted: the GUIDs of 20,000 packages. */
    admissionBytes: 1024 * 1024,
    /** Joins and their dry runs that one server starts: each asks an address that a person gave. */
    joinsPerMinute: 10,
    challengesPerSecondPerAddress: 20,
    /** Signatures live for a minute. */
    noncesKept: 200_000,
  },
  /** Range bundles of package files; package servers have the same. */
  bundles: BUNDLE_LIMITS,
  quarantine: { events: 1_000, bodyBytes: 64 * 1024 },
} as const;
