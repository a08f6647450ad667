import type { Command } from 'commander';
import { examples, type App } from '../app.ts';
import { announceAddress } from '../connection/local-server.ts';
import type { Session } from '../session.ts';
import { addServerFlags, givenServerFlags } from './server-flags.ts';

export function serveCommand(app: App): Command {
  const serve = app.noun('serve', 'run a server until SIGINT or SIGTERM');
  addServerFlags(serve).action(app.action(run));
  return examples(serve, [
    'serve',
    'serve --data-dir /var/lib/canopy --listen 0.0.0.0:8080 --public-url http://smp1.example:8080',
    'serve --config /etc/canopy.yaml',
  ]);
}

/** Prints where the server is, and where its first token is; never the token. */
async function run({ io, options, printer }: Session): Promise<void> {
  const { loadConfig } = await import('../../server/config/load-config.ts');
  const { createLogger } = await import('../../server/observability/logger.ts');
  const { startSmp } = await import('../../server/start.ts');
  const { config, warnings } = loadConfig({ flags: givenServerFlags({ ...options }) });
  const logger = createLogger({ level: config.logLevel, format: config.logFormat });
  for (const warning of warnings) logger.warn({}, warning);
  const { clock, random, signal } = io;
  const smp = await startSmp(config, { clock, random, logger });
  try {
    const withdraw = await announceAddress(config.dataDir, smp.url);
    const { url, adminTokenFile } = smp;
    printer.data(
      { url, adminTokenFile },
      `Canopy is ready at ${url}\nAdmin token: ${adminTokenFile}\n`,
    );
    await aborted(signal);
    await withdraw();
  } finally {
    await smp.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
