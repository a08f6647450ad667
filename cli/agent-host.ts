import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseGuid, type Guid } from '../core/guid.ts';
import { silentLogger } from '../core/logger.ts';
import { CliError, EXIT } from './exit-code.ts';
import { guidOf } from './look-up.ts';
import type { Session } from './session.ts';
import { writePrivateFile } from './write-private-file.ts';

/** The options of every command that acts as an agent. */
export interface AgentOptions {
  readonly folder?: string;
  readonly resource?: string;
  readonly ip?: string[];
  readonly deny?: string[];
  readonly tryingFor?: number;
  readonly allowUnsigned?: boolean;
  readonly maxRate?: number;
}

/** `--folder`, `CANOPY_AGENT_DIR`, or `canopy-agent` where the command was typed. */
export function agentFolder({ io, options }: Session<AgentOptions>): string {
  const named = options.folder ?? io.environment['CANOPY_AGENT_DIR'] ?? 'canopy-agent';
  return path.resolve(io.workingFolder, named);
}

/** The agent of this folder; it asks the server that the session names, without a token. */
export async function openAgent(session: Session<AgentOptions>) {
  const { createAgent } = await import('../agent/index.ts');
  const { io, options } = session;
  const folder = agentFolder(session);
  const { url } = await session.connection();
  return createAgent({
    folder,
    smpUrl: url,
    resourceId: await resourceIdOf(session, folder),
    ...(options.ip ? { addresses: options.ip } : {}),
    ...(options.maxRate === undefined ? {} : { maxBytesPerSecond: options.maxRate }),
    denySmp: denies(options, 'ns'),
    denyExternalPackageServers: denies(options, 'ext-ps'),
    allowUnsigned: options.allowUnsigned ?? false,
    clock: io.clock,
    random: io.random,
    logger: silentLogger,
  });
}

export function denies(options: AgentOptions, whom: 'ns' | 'ext-ps'): boolean {
  return options.deny?.includes(whom) ?? false;
}

/** The computer that the agent speaks for: `--resource`, else its own, made at first use. */
export async function resourceIdOf(session: Session<AgentOptions>, folder: string): Promise<Guid> {
  const { options, io } = session;
  if (options.resource) {
    const guid = parseGuid(options.resource);
    return guid ?? ((await guidOf(await session.client(), 'computer', options.resource)) as Guid);
  }
  const file = path.join(folder, 'resource.guid');
  const known = parseGuid(await readIfPresent(file));
  if (known) return known;
  const made = io.random.guid();
  await writePrivateFile(file, `${made}\n`, io.random);
  return made;
}

/** A GUID needs no sign-in; a name is looked up with the session's token. */
export async function packageIdOf(session: Session<AgentOptions>, text: string): Promise<Guid> {
  return parseGuid(text) ?? ((await guidOf(await session.client(), 'package', text)) as Guid);
}

async function readIfPresent(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw new CliError(EXIT.FAILED, `${file} cannot be read: ${message}`);
  }
}
