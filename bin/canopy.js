#!/usr/bin/env node
// Plain JavaScript that old Nodes can read: it finds a Node that can run Canopy.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 17];
/** Keeps two Nodes that are both too old from starting each other without end. */
const MARK = 'CANOPY_NODE_REPLACED';

const entry = new URL('../dist/cli/main.js', import.meta.url);

if (isNewEnough(process.versions.node)) {
  delete process.env[MARK];
  await import(entry.href);
} else {
  const packaged = process.env[MARK] ? undefined : packagedNode();
  if (packaged) runWith(packaged);
  else {
    process.stderr.write(
      `canopy: Node ${process.versions.node} is too old; Canopy needs ${OLDEST.join('.')} or newer.\n` +
        '  Install a newer Node, or reinstall Canopy with its optional packages ' +
        '(npm install --include=optional).\n',
    );
    process.exitCode = 1;
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The package is beside our dependencies, or beside ourselves when they were hoisted. */
function packagedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = path.join(folder, 'node_modules', name, 'bin', binary);
    if (existsSync(candidate)) return candidate;
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** Stands in for the other process: signals go in, the exit code or signal comes out. */
function runWith(node) {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(node, [...process.execArgv, self, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends SIGINT to the whole group; a second one from here would mean "at once".
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`canopy: ${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
