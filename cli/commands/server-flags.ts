import { Option, type Command } from 'commander';

interface ServerFlag {
  /** As `loadConfig` names it. */
  readonly key: string;
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
}

/**
 * The flags of the server's configuration. Written here a second time because the server is only
 * loaded when it is started; a test compares them with `server/config`.
 */
export const SERVER_FLAGS: readonly ServerFlag[] = [
  {
    key: 'config',
    flags: '--config <file>',
    description: 'configuration file, YAML or JSON (or CANOPY_CONFIG)',
  },
  { key: 'dataDir', flags: '--data-dir <folder>', description: 'everything this server keeps' },
  {
    key: 'listen',
    flags: '--listen <host:port>',
    description: 'where to listen; default: 127.0.0.1:8080',
  },
  {
    key: 'publicUrl',
    flags: '--public-url <url>',
    description: 'the address that agents and people use',
  },
  { key: 'name', flags: '--name <name>', description: "name of this SMP; default: the host's" },
  {
    key: 'databaseUrlFile',
    flags: '--database-url-file <file>',
    description: 'file with the address of PostgreSQL (or DATABASE_URL); default: embedded',
  },
  {
    key: 'durability',
    flags: '--durability <mode>',
    description: 'what a commit of the embedded database survives',
    choices: ['strict', 'relaxed'],
  },
  {
    key: 'siteAddresses',
    flags: '--site-addresses <list>',
    description: 'addresses that decide the sites of this SMP',
  },
  {
    key: 'uncRoot',
    flags: '--unc-root <share>',
    description: 'share under which the package store is exported',
  },
  {
    key: 'uncMounts',
    flags: '--unc-mounts <map>',
    description: String.raw`where shares are mounted: \\filer\pkgs=/srv/pkgs, …`,
  },
  {
    key: 'logLevel',
    flags: '--log-level <level>',
    description: 'least severity that is logged',
    choices: ['debug', 'info', 'warn', 'error'],
  },
  {
    key: 'logFormat',
    flags: '--log-format <format>',
    description: 'form of the log',
    choices: ['json', 'text'],
  },
  {
    key: 'trustedProxies',
    flags: '--trusted-proxies <list>',
    description: 'proxies whose X-Forwarded-… are believed',
  },
  {
    key: 'maxConnections',
    flags: '--max-connections <count>',
    description: 'connections held at once',
  },
  {
    key: 'requestsPerSecondPerAddress',
    flags: '--requests-per-second-per-address <count>',
    description: 'limit for one agent address; 0 is none',
  },
  {
    key: 'maxPackageBytes',
    flags: '--max-package-bytes <count>',
    description: 'largest package that is taken',
  },
  {
    key: 'hashWorkers',
    flags: '--hash-workers <count>',
    description: 'threads that walk and hash sources',
  },
];

/** Adds them to a command that starts or inspects a server. */
export function addServerFlags(command: Command): Command {
  for (const { flags, description, choices } of SERVER_FLAGS) {
    const option = new Option(flags, description);
    command.addOption(choices ? option.choices(choices) : option);
  }
  return command;
}

/** Those that were given, by the keys of `loadConfig`. */
export function givenServerFlags(
  options: Readonly<Record<string, unknown>>,
): Record<string, string | undefined> {
  const given = SERVER_FLAGS.map(({ key }) => [key, options[key] as string | undefined] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
