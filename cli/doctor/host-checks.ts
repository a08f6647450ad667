import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { isCanopyError } from '../../core/errors.ts';
import { localServerOf } from '../connection/local-server.ts';
import { formatBytes } from '../output/format-value.ts';
import type { Session } from '../session.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

const OLDEST_NODE = [22, 17] as const;
const LITTLE_SPACE_BYTES = 5 * 1024 ** 3;
const NO_SPACE_BYTES = 512 * 1024 ** 2;

/** What can be seen without asking a server: Node, configuration, data directory, disk, port. */
export async function hostChecks(
  session: Session,
  flags: Record<string, string | undefined>,
): Promise<Finding[]> {
  const { loadConfig } = await import('../../server/config/load-config.ts');
  const node = nodeVersion(process.versions.node);
  try {
    const { config, warnings } = loadConfig({ flags, environment: session.io.environment });
    const soundness = warnings[0]
      ? warning('configuration', warnings.join(' '), 'See: canopy config check')
      : ok('configuration', 'sound');
    return [
      node,
      soundness,
      ...(await dataDirectory(config.dataDir, session.io.platform)),
      await freeSpace(config.dataDir),
      await port(config.listen, config.dataDir),
    ];
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    return [node, failed('configuration', error.message, 'See every fault: canopy config check')];
  }
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const isNew = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  return isNew
    ? ok('node', version)
    : failed('node', `${version} is too old`, `Use Node ${OLDEST_NODE.join('.')} or newer.`);
}

async function dataDirectory(folder: string, platform: NodeJS.Platform): Promise<Finding[]> {
  const check = 'data directory';
  const folderCode = await codeOf(access(folder, constants.R_OK | constants.W_OK | constants.X_OK));
  if (folderCode === 'ENOENT') {
    return [warning(check, `${folder} is not there yet`, 'canopy serve makes it.')];
  }
  if (folderCode) {
    const cure = 'Run this as the user of the server, or give it the folder.';
    return [failed(check, `${folder} cannot be written (${folderCode})`, cure)];
  }
  const found = [ok(check, folder)];
  for (const secret of ['admin.token', path.join('identity', 'node.key')]) {
    const file = path.join(folder, secret);
    const mode = await stat(file).then(
      (stats) => stats.mode,
      () => undefined,
    );
    if (mode === undefined || platform === 'win32' || (mode & 0o077) === 0) continue;
    found.push(failed('secrets', `other users may read ${file}`, `Run: chmod 600 ${file}`));
  }
  return found;
}

async function freeSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestFolder(folder));
  const freeBytes = bavail * bsize;
  const detail = `${formatBytes(freeBytes)} free`;
  if (freeBytes < NO_SPACE_BYTES)
    return failed('disk', detail, 'Make room for the data directory.');
  return freeBytes < LITTLE_SPACE_BYTES
    ? warning('disk', detail, 'Versions of packages need room for a copy each.')
    : ok('disk', detail);
}

/** The folder itself, or the one it would be made in. */
async function nearestFolder(folder: string): Promise<string> {
  if (!(await codeOf(access(folder)))) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? folder : nearestFolder(parent);
}

async function port(
  listen: { readonly host: string; readonly port: number },
  dataDir: string,
): Promise<Finding> {
  const text = `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`;
  const code = await bindCode(listen.host, listen.port);
  if (!code) return ok('port', `${text} is free`);
  if (code !== 'EADDRINUSE') {
    return failed('port', `${text} cannot be used (${code})`, 'Choose another one: --listen');
  }
  const local = await localServerOf(dataDir).catch(() => undefined);
  const ours = local !== undefined && new URL(local.url).port === String(listen.port);
  return ours
    ? ok('port', `${text} is used by the server of this data directory`)
    : warning('port', `${text} is used by another program`, 'Choose another one: --listen');
}

function bindCode(host: string, number: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'UNKNOWN'));
    probe.listen({ host, port: number, exclusive: true }, () =>
      probe.close(() => resolve(undefined)),
    );
  });
}

async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  }
}
