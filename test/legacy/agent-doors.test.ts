// Agents' endpoints answer, byte by byte, what the golden files hold.
import { explainCodebases } from '../../catalog/explain-codebases.ts';
import { locateAsker } from '../../catalog/locate-asker.ts';
import { DEFAULT_SETTINGS } from '../../catalog/settings.ts';
import { bracedGuid } from '../../core/guid.ts';
import type { AgentGeneration } from '../../legacy/package-info.ts';
import { parsePackageInfo } from '../../legacy/package-info.ts';
import { connectionTestDoor } from '../../server/doors/connection-test-door.ts';
import { createResourceDoor } from '../../server/doors/create-resource-door.ts';
import { packageInfoDoor } from '../../server/doors/package-info-door.ts';
import { policiesDoor } from '../../server/doors/policies-door.ts';
import { snapshotDoor } from '../../server/doors/snapshot-door.ts';
import { unknownPageDoor } from '../../server/doors/unknown-page-door.ts';
import { expectGolden, openDoors, wireText, type Answer, type Harness } from './door-harness.ts';
import { childModel, IDS, MANIFEST, sampleModel, VERSION } from './sample-model.ts';

const BASE = '/Altiris/NS/Agent';
const HERE = `http://smp1.example${BASE}/GetPackageInfo.aspx`;
const model = sampleModel();
let harness: Harness;

const doorsFor = (generation: AgentGeneration, of = model) => [
  packageInfoDoor({
    model: () => of,
    random: { fraction: () => 0.5 } as never,
    generation,
    publicKeyOf: () => 'cHVibGljIGtleQ==',
    applyEffects: () => undefined,
  }),
  snapshotDoor({
    model: () => of,
    manifestOf: () => Promise.resolve(MANIFEST),
    publicKeyOf: () => 'cHVibGljIGtleQ==',
  }),
  policiesDoor({ model: () => of, productVersion: '1.0.0' }),
  createResourceDoor(),
  connectionTestDoor(),
  unknownPageDoor(),
];

beforeAll(async () => {
  harness = await openDoors(doorsFor('legacy70'), '10.1.2.3');
});
afterAll(() => harness.close());

/** The request of KB 179874, with its line feeds and tabs. */
const question = (...packages: readonly string[]): string =>
  `<request resource="{89782D60-FFA1-487A-B4BA-38E909ABB6DF}" version="1" type="codebases" ` +
  `compress="1" totalTime="0">\n<packages>\n` +
  packages.map((id) => `\t<package guid="${id}"/>\n`).join('') +
  `</packages>\n<addresses>\n\t<address ip="10.1.2.3"/>\n</addresses>\n</request>`;

const infoUrl = (xml: string): string =>
  `${BASE}/GetPackageInfo.aspx?xml=${encodeURIComponent(xml)}`;

describe('GetPackageInfo', () => {
  test('one package stands alone, sources by rank', async () => {
    const answer = await harness.ask(infoUrl(question(bracedGuid(IDS.oneOfThree))));
    expectGolden('package-info-one.txt', wireText(answer));
  });

  test('the generation of 6.0 gets no source key', async () => {
    const old = await openDoors(doorsFor('legacy6'), '10.1.2.3');
    const answer = await old.ask(infoUrl(question(bracedGuid(IDS.oneOfThree))));
    expectGolden('package-info-legacy6.txt', wireText(answer));
    await old.close();
  });

  test('several packages, an external one and an unknown one share a wrapper', async () => {
    const ids = [IDS.twoOfThree, IDS.external, IDS.nothingYet, IDS.missing];
    const answer = await harness.ask(`${BASE.toUpperCase()}/getpackageinfo.ASP`, {
      method: 'POST',
      body: question(...ids),
    });
    expectGolden('package-info-several.txt', wireText(answer));
  });

  test('the request of 8.5 with deny drops the SMP', async () => {
    const xml = question(IDS.twoOfThree).replace('compress="1"', 'deny="ns,EXTPS" compress="1"');
    const answer = await harness.ask(infoUrl(xml));
    expect(parsePackageInfo(answer.body)[0]!.codebases).toEqual([]);
  });

  test('agrees with the explanation of the same request', async () => {
    const [answer] = parsePackageInfo((await harness.ask(infoUrl(question(IDS.oneOfThree)))).body);
    const explained = explainCodebases(model, {
      packageId: IDS.oneOfThree,
      asker: locateAsker(model, { resourceId: IDS.computer, addresses: ['10.1.2.3'] }),
      origin: 'http://smp1.example',
      totalTimeMinutes: 0,
      denySmp: false,
      denyExternalPackageServers: false,
    });
    expect(answer!.codebases).toEqual(
      explained.codebases.map(({ url, snapshotUrl }) => ({ url, snapshotUrl })),
    );
    expect(answer!.codebases.length).toBeGreaterThan(0);
    expect(answer!.internalVersion).toBe(explained.offer.internalVersion);
  });

  describe('a legacy package server in the site of an SMP that has a parent', () => {
    const askAs = (resource: string): string =>
      infoUrl(question(IDS.fromParent).replace('89782D60-FFA1-487A-B4BA-38E909ABB6DF', resource));
    const asked = async (of: ReturnType<typeof childModel>): Promise<Answer> => {
      const doors = await openDoors(doorsFor('legacy70', of), '10.1.0.11');
      const answer = await doors.ask(askAs(IDS.legacyServer));
      await doors.close();
      return answer;
    };

    test('is sent to the parent for a package of its, without a codebase', async () => {
      expectGolden('package-info-redirect.txt', wireText(await asked(childModel())));
    });

    test('is not while another one was, nor when it may not cross, nor for nothing', async () => {
      const blocked = childModel();
      blocked.crossings.blockRedirect(IDS.fromParent);
      const constrained = childModel({ constrained: true });
      const outside = childModel({ addresses: ['10.200.0.1'] });
      const local = childModel({}, { origin: 'LOCAL' });
      for (const of of [blocked, constrained, outside]) {
        const [info] = parsePackageInfo((await asked(of)).body);
        expect(info).toMatchObject({ siteQueryUrl: HERE, codebases: [] });
      }
      const [own] = parsePackageInfo((await asked(local)).body);
      expect(own!.siteQueryUrl).toBe(HERE);
    });

    test('and an agent never is', async () => {
      const doors = await openDoors(doorsFor('legacy70', childModel()), '10.1.0.11');
      const [info] = parsePackageInfo((await doors.ask(askAs(IDS.computer))).body);
      expect(info).toMatchObject({ siteQueryUrl: HERE, codebases: [] });
      await doors.close();
    });
  });

  test('a busy server says when to come back', async () => {
    const settings = { ...DEFAULT_SETTINGS, maxConcurrentPackageInfoRequests: 0 };
    const busy = await openDoors(
      doorsFor('legacy70', sampleModel([['settings', settings]])),
      '10.1.2.3',
    );
    const answer = await busy.ask(infoUrl(question(IDS.oneOfThree)));
    expectGolden('package-info-busy.txt', wireText(answer));
    await busy.close();
  });

  test('places are given back: more requests than the limit, one after another', async () => {
    const settings = { ...DEFAULT_SETTINGS, maxConcurrentPackageInfoRequests: 1 };
    const narrow = await openDoors(
      doorsFor('legacy70', sampleModel([['settings', settings]])),
      '10.1.2.3',
    );
    for (const xml of [question(IDS.oneOfThree), '<', question(IDS.twoOfThree)]) {
      const answer = await narrow.ask(infoUrl(xml));
      expect(answer.status).toBe(xml === '<' ? 400 : 200);
    }
    await narrow.close();
  });

  test.each([
    ['package-info-no-xml.txt', `${BASE}/GetPackageInfo.aspx`],
    ['package-info-doctype.txt', infoUrl('<!DOCTYPE request [<!ENTITY a "b">]><request/>')],
    ['package-info-no-package.txt', infoUrl(question('not a guid'))],
  ])('%s', async (name, url) => expectGolden(name, wireText(await harness.ask(url))));

  test('other methods are refused by name', async () => {
    const answer = await harness.ask(`${BASE}/GetPackageInfo.aspx`, { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });
});

describe('GetPackageSnapshot', () => {
  const unversioned = `${BASE}/GetPackageSnapshot.asp`;
  const versioned = `${BASE}/${VERSION}/GetPackageSnapshot.aspx`;

  test('the versioned document with its proof', async () => {
    const answer = await harness.ask(`${versioned}?PackageId=${bracedGuid(IDS.oneOfThree)}`);
    expectGolden('snapshot.txt', wireText(answer));
  });

  test.each([
    ['guid', `?GUID=${IDS.oneOfThree}`],
    ['xml', `?xml=${encodeURIComponent(question(IDS.oneOfThree))}`],
    ['unknown name', `?anything=${encodeURIComponent(bracedGuid(IDS.oneOfThree))}`],
    ['bare', `?${IDS.oneOfThree}`],
  ])('without a version, the package by %s', async (_how, query) => {
    const answer = await harness.ask(unversioned + query);
    expect(answer.status).toBe(200);
    expect(answer.headers['x-canopy-internal-version']).toBe(String(VERSION));
  });

  test('a held version is not sent again', async () => {
    const url = `${unversioned}?id=${IDS.oneOfThree}`;
    const etag = (await harness.ask(url)).headers.etag!;
    for (const tag of [etag, `W/${etag}`, `"1", ${etag}`, '*']) {
      const answer = await harness.ask(url, { headers: { 'if-none-match': tag } });
      expect([answer.status, answer.body]).toEqual([304, '']);
    }
    const other = await harness.ask(url, { headers: { 'if-none-match': '"1"' } });
    expect(other.status).toBe(200);
  });

  test.each([
    ['snapshot-no-package.txt', `${unversioned}`],
    ['snapshot-unknown-package.txt', `${unversioned}?id=${IDS.missing}`],
    ['snapshot-nothing-yet.txt', `${unversioned}?id=${IDS.nothingYet}`],
    ['snapshot-old-version.txt', `${BASE}/5/GetPackageSnapshot.aspx?id=${IDS.oneOfThree}`],
  ])('%s', async (name, url) => expectGolden(name, wireText(await harness.ask(url))));
});

describe('GetClientPolicies', () => {
  const url = `${BASE}/GetClientPolicies.aspx`;
  const body = (guid: string, more = ''): string =>
    `<request configVersion="2" securedPolicy="0"${more}><resources>` +
    `<resource required="true" host="true" guid="${guid}" ` +
    `typeGuid="{493435f7-3b17-4c4c-b07f-c23e7ab7781f}"></resource></resources></request>`;

  test('a computer gets its packages at the offered version', async () => {
    const answer = await harness.ask(`${url}?WrkstaGuid=${bracedGuid(IDS.computer)}`);
    expectGolden('policies-computer.txt', wireText(answer));
  });

  test('a package server gets what it should hold', async () => {
    const answer = await harness.ask(url, { method: 'POST', body: body(IDS.server) });
    expectGolden('policies-package-server.txt', wireText(answer));
  });

  test('the same content is not sent twice', async () => {
    const first = await harness.ask(url, { method: 'POST', body: body(IDS.computer) });
    const hash = /hash="([^"]+)"/.exec(first.body)![1]!;
    const again = await harness.ask(url, {
      method: 'POST',
      body: body(IDS.computer, ` hash="${hash}"`),
    });
    expectGolden('policies-unchanged.txt', wireText(again));
    const byGet = await harness.ask(
      `${url}?WrkstaGuid=${IDS.computer}&Hash=${encodeURIComponent(hash)}`,
    );
    expect(byGet.body).toBe(again.body);
  });

  test('encrypted policies are refused in words', async () => {
    const secured = body(IDS.computer).replace('securedPolicy="0"', 'securedPolicy="1"');
    const answer = await harness.ask(url, { method: 'POST', body: secured });
    expectGolden('policies-secured.txt', wireText(answer));
  });
});

test('CreateResource echoes and creates nothing', async () => {
  const before = model.computer(IDS.missing);
  const answer = await harness.ask(`${BASE}/CreateResource.aspx`, {
    method: 'POST',
    body:
      `<resource guid="${IDS.missing}" name="PC &amp; 2" policyKey="k">` +
      `<regRequest guid="${IDS.missing}" state="new"/></resource>`,
  });
  expectGolden('create-resource.txt', wireText(answer));
  expect(model.computer(IDS.missing)).toBe(before);
});

test('the connection test answers and the other pages do not exist', async () => {
  expect((await harness.ask(`${BASE}/ConnectionTest.asp`)).status).toBe(200);
  const other = await harness.ask(`${BASE}/GetLicenseDetails.aspx`);
  expectGolden('unknown-page.txt', wireText(other));
});
