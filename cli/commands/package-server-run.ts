import { InvalidArgumentError, Option, type Command } from 'commander';
import { examples, collect, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import {
  packageServerFolder,
  readNamedFile,
  type PackageServerHostOptions,
} from '../package-server-host.ts';
import { parseCount, parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';

interface RegisterOptions extends PackageServerHostOptions {
  readonly enrollmentTokenFile?: string;
}

interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

interface RunOptions extends PackageServerHostOptions {
  readonly listen: ListenAddress;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly publicUrl?: string[];
  readonly ip?: string[];
  readonly uncMount?: { readonly unc: string; readonly folder: string }[];
  readonly parallelPackages?: number;
  readonly patrolEvery?: number;
  readonly scrubEvery?: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
}

export const DATA_DIR_FLAG = '--data-dir <folder>';
export const DATA_DIR_TEXT =
  'everything it keeps (or CANOPY_PACKAGE_SERVER_DIR); default: canopy-package-server';

/** `register` and `run`: this host becomes a package server and works as one. */
export function runCommands(app: App, noun: Command): void {
  examples(
    noun
      .command('register')
      .summary('make this host a package server, with a token from ps token')
      .option(DATA_DIR_FLAG, DATA_DIR_TEXT)
      .option(
        '--enrollment-token-file <file>',
        'file with the token (or CANOPY_ENROLLMENT_TOKEN); asked for when absent',
      )
      .action(app.action(register)),
    [
      'ps register --server http://smp1.example:8080',
      'ps register --server http://smp1.example:8080 --enrollment-token-file ps01.token',
    ],
  );
  const run = noun
    .command('run')
    .summary('run the package server of this host until SIGINT or SIGTERM')
    .option(DATA_DIR_FLAG, DATA_DIR_TEXT)
    .addOption(
      new Option('--listen <host:port>', 'where to listen')
        .argParser(parseListen)
        .default({ host: '127.0.0.1', port: 8081 }, '127.0.0.1:8081'),
    )
    .option('--tls-cert <file>', 'certificate chain, PEM; with --tls-key the port speaks HTTPS')
    .option('--tls-key <file>', 'its private key, PEM')
    .option(
      '--public-url <url>',
      'where agents reach it, told to the SMP; one of http and one of https; default: as set there',
      collectUrl,
    )
    .option('--ip <address>', "its address; may be repeated; default: this host's", collect)
    .option(
      '--unc-mount <unc=folder>',
      String.raw`where a share is mounted: \\filer\pkgs=/srv/pkgs; may be repeated`,
      collectMount,
    )
    .option('--parallel-packages <count>', 'packages fetched side by side (3)', parseCount)
    .option('--patrol-every <duration>', 'how often folders are looked at (60s)', parseDurationMs)
    .option('--scrub-every <duration>', 'how often every byte is read (1d)', parseDurationMs)
    .addOption(
      new Option('--log-level <level>', 'least severity that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'form of the log')
        .choices(['json', 'text'])
        .default('json'),
    )
    .action(app.action(runServer));
  examples(run, [
    'ps run --listen 0.0.0.0:8081 --public-url http://ps01.example:8081',
    'ps run --data-dir /var/lib/canopy-package-server --listen 0.0.0.0:80 --log-format text',
  ]);
}

async function register(session: Session<RegisterOptions>): Promise<void> {
  const { registerPackageServer } = await import('../../package-server/index.ts');
  const { io, printer, note } = session;
  const dataDirectory = packageServerFolder(session);
  const { url: smpUrl } = await session.connection();
  const enrollment = await registerPackageServer({
    dataDirectory,
    smpUrl,
    token: await enrollmentToken(session),
    fetch: globalThis.fetch,
    random: io.random,
    signal: io.signal,
  });
  const { packageServerId, smp } = enrollment;
  printer.data({ packageServerId, smp, dataDirectory }, `${packageServerId}\n`);
  note(`This host is a package server of ${smp.name} now. Next: canopy package-server run`);
}

async function enrollmentToken(session: Session<RegisterOptions>): Promise<string> {
  const { options, io } = session;
  const { enrollmentTokenFile: file } = options;
  if (file !== undefined) return (await readNamedFile(session, file)).toString('utf8');
  return (
    io.environment['CANOPY_ENROLLMENT_TOKEN'] ??
    (await session.askSecret(
      'Enrolment token: ',
      'The enrolment token is missing; use --enrollment-token-file or CANOPY_ENROLLMENT_TOKEN.',
    ))
  );
}

async function runServer(session: Session<RunOptions>): Promise<void> {
  const { startPackageServer } = await import('../../package-server/index.ts');
  const { openServerLog } = await import('../../server/observability/server-log.ts');
  const { io, options, printer } = session;
  const tls = await readTls(session);
  const { logger, flush } = openServerLog({ level: options.logLevel, format: options.logFormat });
  try {
    const server = await startPackageServer({
      dataDirectory: packageServerFolder(session),
      ...(options.server === undefined ? {} : { smpUrl: (await session.connection()).url }),
      listen: options.listen,
      tls,
      publicUrls: options.publicUrl,
      addresses: options.ip,
      uncMounts: options.uncMount,
      parallelPackages: options.parallelPackages,
      patrolIntervalMs: options.patrolEvery,
      scrubIntervalMs: options.scrubEvery,
      clock: io.clock,
      random: io.random,
      logger,
    });
    try {
      printer.data({ url: server.url }, `The package server is ready at ${server.url}\n`);
      await aborted(io.signal);
    } finally {
      await server.stop();
    }
  } finally {
    flush();
  }
}

async function readTls(
  session: Session<RunOptions>,
): Promise<{ readonly certificate: Buffer; readonly key: Buffer } | undefined> {
  const { tlsCert, tlsKey } = session.options;
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CliError(EXIT.USAGE, 'HTTPS needs both --tls-cert and --tls-key.');
  }
  return {
    certificate: await readNamedFile(session, tlsCert),
    key: await readNamedFile(session, tlsKey),
  };
}

function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text.trim());
  const port = Number(match?.[3]);
  if (match && port <= 65_535) return { host: (match[1] ?? match[2])!, port };
  throw new InvalidArgumentError('Write it as 0.0.0.0:8081 or [::]:8081.');
}

function collectUrl(text: string, previous: readonly string[] = []): string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Write it as http://ps1.example:8081.');
  }
  if (previous.some((other) => new URL(other).protocol === url.protocol)) {
    throw new InvalidArgumentError(`There is one of ${url.protocol.slice(0, -1)} already.`);
  }
  return [...previous, text];
}

type Mount = { readonly unc: string; readonly folder: string };

function collectMount(text: string, previous: readonly Mount[] | undefined): Mount[] {
  const [, unc, folder] = /^(\\\\[^=]+)=(.+)$/.exec(text) ?? [];
  if (unc && folder) return [...(previous ?? []), { unc, folder }];
  throw new InvalidArgumentError(String.raw`Write it as \\server\share=/folder.`);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
