import { join } from 'node:path';
import { bracedGuid } from '../../core/guid.ts';
import { systemRandom } from '../../core/random.ts';
import type { Releasers } from '../../core/releasers.ts';
import { deliver } from '../deliver.ts';
import { startLegacyPackageServer } from '../legacy-package-server.ts';
import { heading, say } from '../screen.ts';
import type { Smp } from '../smp.ts';
import type { Package, Stage } from '../stage.ts';

/** What exists in the field keeps its words: a legacy package server, its agents, their pages. */
export async function showTheOldDoors(stage: Stage, releasers: Releasers): Promise<void> {
  const { folder, packages, machines } = stage;
  const { headquarters } = stage.smps;
  const { typescript } = packages;
  heading('A branch of headquarters has a legacy package server, which reports "Codebase Enabled"');
  const boston = await headquarters.admin.createSite('Boston', ['10.5.0.0/16', '2001:db8:5::/48']);
  const { guid } = await headquarters.admin.createPackageServer(
    { name: 'ps-boston', kind: 'LEGACY', addresses: ['127.0.0.1'] },
    boston,
  );
  const server = await startLegacyPackageServer({
    id: guid,
    folder: join(folder, 'ps-boston'),
    smpUrl: headquarters.url,
  });
  releasers.add(() => server.close());
  for (const one of Object.values(packages)) {
    const { offeredVersion } = await headquarters.admin.explain(one, '192.0.2.1');
    await server.publish(one.guid, offeredVersion, one.source);
  }

  heading("The codebases, by the query of Symantec's article 180568");
  const sql = `SELECT * FROM SWDPackageCodebase WHERE PackageId='${bracedGuid(typescript.guid)}'`;
  say(`${sql}\n`);
  for (const [, url, source] of await headquarters.admin.query(sql))
    say(`${source!.padEnd(16)} ${url}`);

  heading('GetPackageInfo.aspx as an agent in Boston gets it, by plain HTTP');
  say(await packageInfo(headquarters, typescript, '10.5.0.20'));

  heading('Why these sources? The decision, explained');
  await explain(headquarters, typescript, { name: 'Headquarters', address: '10.1.0.20' });
  await explain(headquarters, typescript, { name: 'Boston', address: '10.5.0.20' });
  await explain(headquarters, typescript, { name: 'In no site', address: '192.0.2.20' });
  await deliver(stage, typescript, machines.boston);
  say(`ps-boston served ${server.served()} files.`);
}

async function packageInfo(smp: Smp, one: Package, address: string): Promise<string> {
  const xml =
    `<request resource="${bracedGuid(systemRandom.guid())}" version="1" type="codebases" ` +
    `compress="1" totalTime="0"><packages><package guid="${bracedGuid(one.guid)}"/></packages>` +
    `<addresses><address ip="${address}"/></addresses></request>`;
  const target = `${smp.url}/Altiris/NS/Agent/GetPackageInfo.aspx?xml=${encodeURIComponent(xml)}`;
  return (await fetch(target)).text();
}

async function explain(
  smp: Smp,
  one: Package,
  place: { readonly name: string; readonly address: string },
): Promise<void> {
  const decision = await smp.admin.explain(one, place.address);
  say(`${place.name} (${place.address}) is offered version ${decision.offeredVersion}:`);
  for (const { name, accepted, explanation } of decision.candidates) {
    say(`  ${accepted ? '+' : '-'} ${name.padEnd(16)} ${explanation}`);
  }
}
