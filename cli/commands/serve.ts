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
  const { openServerLog } = await import('../../server/observability/server-log.ts');
  const { startSmp } = await import('../../server/start.ts');
  const { config, warnings } = loadConfig({ flags: givenServerFlags({ ...options }) });
  const { logger, flush } = openServerLog({ level: config.logLevel, format: config.logFormat });
  for (const warning of warnings) logger.warn({}, warning);
  const { clock, random } = io;
  const fatal = new AbortController();
  const signal = AbortSignal.any([io.signal, fatal.signal]);
  const onFatal = (error: Error): void => {
    logger.error({ err: error }, 'the embedded database stopped; this process ends');
    fatal.abort(error);
  };
  try {
    const smp = await startSmp(config, { clock, random, logger, onFatal });
    const withdraw = await announceAddress(config.dataDir, smp.url);
    try {
      const { url, adminTokenFile } = smp;
      const token = adminTokenFile === undefined ? '' : `Admin token: ${adminTokenFile}\n`;
      printer.data({ url, adminTokenFile }, `Canopy is ready at ${url}\n${token}`);
      await aborted(signal);
      if (fatal.signal.aborted) throw fatal.signal.reason;
    } finally {
      await withdraw();
      await smp.stop();
    }
  } finally {
    flush();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
