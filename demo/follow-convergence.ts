import type { ConvergenceFieldsFragment } from '../client-sdk/src/index.ts';
import type { Made } from './administrator.ts';
import { say, span, table } from './screen.ts';
import type { Smp } from './smp.ts';

/** Shows live how the present version spreads below the SMP, until `isEnough`. */
export async function followConvergence(
  smp: Smp,
  one: Made,
  isEnough = (state: ConvergenceFieldsFragment): boolean => state.complete,
): Promise<void> {
  let told = '';
  for await (const state of smp.admin.convergence(one)) {
    const line = lineOf(state);
    if (line !== told) say(line);
    told = line;
    if (isEnough(state)) return;
  }
  throw new Error('the convergence was not seen to its end');
}

function lineOf({ percent, nodes, packageServers, blocker }: ConvergenceFieldsFragment): string {
  const counts =
    `${String(percent).padStart(3)} %  ${nodes.done} of ${nodes.total} SMPs, ` +
    `${packageServers.done} of ${packageServers.total} package servers`;
  return blocker ? `${counts}; waits for ${blocker.name}: ${blocker.reason}` : counts;
}

/** How long each took from the commit at its owner, as each of them measured. */
export async function tellTimes(smp: Smp, one: Made): Promise<void> {
  const rows = [['SMP', 'KNEW IT AFTER', 'PACKAGE SERVER', 'HAD VERIFIED IT AFTER']];
  for (const { name, tookMs, packageServers } of await smp.admin.convergenceByNode(one)) {
    for (const server of packageServers) {
      rows.push([name, spanOf(tookMs), server.name, spanOf(server.tookMs)]);
    }
  }
  table(rows);
}

function spanOf(tookMs: number | null | undefined): string {
  return tookMs == null ? '-' : span(tookMs);
}
