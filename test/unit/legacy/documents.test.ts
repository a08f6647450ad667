// Published samples of the incumbent's documents are read, and nonsense in them is refused by name.
import { parsePolicies } from '../../../legacy/client-policies.ts';
import { parseLegacyTime, legacyTime } from '../../../legacy/legacy-time.ts';
import { parsePackageInfo } from '../../../legacy/package-info.ts';
import { readPackageXml } from '../../../legacy/package-xml.ts';
import {
  parsePoliciesQuery,
  parsePoliciesRequest,
  writePoliciesRequest,
} from '../../../legacy/policies-request.ts';
import { parseSnapshotXml } from '../../../legacy/snapshot-reader.ts';

const ID = '46d50e6e-183c-4d15-9767-ee14ebea5ed4';

test('package.xml as KB 180560 prints it, quotes missing', () => {
  const answer = readPackageXml(
    `<Package id="{${ID.toUpperCase()}}" name="One of Three" size="0" version="1127796544" ` +
      'remote="false" priority="Normal" status="valid" minspeed="0" enableMulticast="true" ' +
      'statusDescription="valid"><Source time="2005-09-26 16:50:41" speedTest="true">' +
      '<SiteQuery url=HTTP://server/ALTIRIS/NS/Agent/GetPackageInfo.aspx ' +
      'resource="{EDE45177-50D9-4851-9734-8B01BDC13A85}" type="codebases"/>' +
      '<Codebase href="http://server/One" snapshot=http://server/GetPackageSnapshot.asp />' +
      '<Codebase unc="\\\\server\\One" snapshot=http://server/GetPackageSnapshot.asp />' +
      '</Source></Package>',
  );
  expect(answer).toEqual({
    packageId: ID,
    name: 'One of Three',
    sizeBytes: 0,
    internalVersion: 1_127_796_544,
    priority: 'Normal',
    enableMulticast: true,
    valid: true,
    statusDescription: 'valid',
    sourceKey: '',
    sourceTimeMs: Date.UTC(2005, 8, 26, 16, 50, 41),
    siteQueryUrl: 'HTTP://server/ALTIRIS/NS/Agent/GetPackageInfo.aspx',
    resourceId: 'ede45177-50d9-4851-9734-8b01bdc13a85',
    codebases: [
      { url: 'http://server/One', snapshotUrl: 'http://server/GetPackageSnapshot.asp' },
      { url: '\\\\server\\One', snapshotUrl: 'http://server/GetPackageSnapshot.asp' },
    ],
  });
});

test.each([
  ['no package', '<Packages/>', /no <Package>/],
  ['no GUID', '<Package id="1"/>', /no GUID/],
  ['a broken version', `<Package id="${ID}" version="1e3"/>`, /"version".*"1e3"/],
  ['no address', `<Package id="${ID}"><Codebase/></Package>`, /neither "href" nor "unc"/],
])('a package document with %s is refused', (_name, xml, message) => {
  expect(() => parsePackageInfo(xml)).toThrow(message);
});

test('the snapshot sample of 7.5, and one without hashes', () => {
  const snapshot = parseSnapshotXml(
    '<FolderSnapShot path="C:\\Snapshot  Hashing &amp; Signing" time="2014-01-24 11:24:47" ' +
      'hash="uX0HHLHJEQm4hQJAQjgUPQ==" PkgVersion="1390562687">' +
      '<Root size="66437" files="1" folders="3"><File name="vlan.c" size="16592" ' +
      'fileHash="0u97LvW57zB122jy762pTiLVuazJ5qp4Mgyb+ruJG9U=" ' +
      'lastModifiedTime="2014-01-24 09:45:49" /><Folder name="full_mod" size="16661" files="1" ' +
      'folders="0"><File name="vlan.c" size="16661" lastModifiedTime="2014-01-24 09:50:58" />' +
      '</Folder></Root></FolderSnapShot>',
  );
  expect(snapshot).toEqual({
    path: 'C:\\Snapshot  Hashing & Signing',
    internalVersion: 1_390_562_687,
    createdAtMs: 1_390_562_687_000,
    files: [
      {
        path: 'vlan.c',
        sizeBytes: 16_592,
        sha256: 'd2ef7b2ef5b9ef3075db68f2efada94e22d5b9acc9e6aa78320c9bfabb891bd5',
        modifiedAtMs: Date.UTC(2014, 0, 24, 9, 45, 49),
      },
      {
        path: 'full_mod/vlan.c',
        sizeBytes: 16_661,
        sha256: undefined,
        modifiedAtMs: Date.UTC(2014, 0, 24, 9, 50, 58),
      },
    ],
    emptyFolders: [],
    sizeBytes: 33_253,
  });
});

test.each([
  [
    'no version',
    '<FolderSnapShot><Root/></FolderSnapShot>',
    /PkgVersion of the snapshot is missing/,
  ],
  ['another root', '<Snapshot><Root/></Snapshot>', /not a <FolderSnapShot>/],
  ['a way out', tree('<File name=".." size="1"/>'), /"\.\." in "\/"/],
  ['a path for a name', tree('<File name="a\\b" size="1"/>'), /cannot be a file name/],
  ['no name', tree('<Folder name="x"><File size="1"/></Folder>'), /in "\/x\/"/],
  ['a name twice', tree('<File name="a" size="1"/><Folder name="a"/>'), /"a" occurs twice/],
  ['a negative size', tree('<File name="a" size="-1"/>'), /size of a is "-1"/],
  ['a short hash', tree('<File name="a" size="1" fileHash="AAAA"/>'), /fileHash of a/],
])('a snapshot with %s is refused', (_name, xml, message) => {
  expect(() => parseSnapshotXml(xml)).toThrow(message);
});

function tree(content: string): string {
  return `<FolderSnapShot PkgVersion="1"><Root>${content}</Root></FolderSnapShot>`;
}

test('a large snapshot is read in its own limits', () => {
  const file = (n: number): string => `<File name="file-${n}.bin" size="${n}"/>`;
  const files = Array.from({ length: 20_000 }, (_none, index) => file(index)).join('');
  expect(parseSnapshotXml(tree(files)).files).toHaveLength(20_000);
});

test('the asker of policies is the host, by POST and by GET', () => {
  const xml =
    '<request configVersion="2" hash="h1"><resources><resource guid="00000000-0000-4000-8000-' +
    `000000000001"/><resource host="TRUE" guid="{${ID}}"/></resources></request>`;
  const asked = { resourceId: ID, hash: 'h1' };
  expect(parsePoliciesRequest(xml)).toEqual(asked);
  expect(parsePoliciesQuery(new Map([['xml', xml]]))).toEqual(asked);
  expect(
    parsePoliciesQuery(
      new Map([
        ['wrkstaguid', `{${ID}}`],
        ['hash', 'h2'],
      ]),
    ),
  ).toEqual({
    resourceId: ID,
    hash: 'h2',
  });
  expect(parsePoliciesRequest(writePoliciesRequest(parsePoliciesRequest(xml)))).toEqual(asked);
  expect(() => parsePoliciesQuery(new Map())).toThrow(/WrkstaGuid/);
  expect(() => parsePoliciesRequest('<request/>')).toThrow(/names no resource/);
});

test('an error instead of policies is told in the words of the server', () => {
  expect(() => parsePolicies('<Error code="BUSY">Server is busy.</Error>')).toThrow(
    'The server refused: Server is busy.',
  );
});

test('times keep the second and have two ends', () => {
  expect(legacyTime(1_390_562_687_999)).toBe('2014-01-24 11:24:47');
  expect(parseLegacyTime('2014-01-24 11:24:47')).toBe(1_390_562_687_000);
  expect([legacyTime(-1), legacyTime(Number.NaN), legacyTime(1e18)]).toEqual([
    '1970-01-01 00:00:00',
    '1970-01-01 00:00:00',
    '9999-12-31 23:59:59',
  ]);
  expect(parseLegacyTime('2014-13-24 11:24:47')).toBeUndefined();
});
