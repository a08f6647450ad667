// GetPackageInfo requests of both generations are read; what is odd in part is left out.
import { toGuid } from '../../../core/guid.ts';
import {
  parsePackageInfoRequest,
  writePackageInfoRequest,
} from '../../../legacy/package-info-request.ts';

const ID = '8661d7f2-039b-4418-9a0a-70a9c7445f9c';
const request = (attributes: string, packages: string, addresses = ''): string =>
  `<request version="1" ${attributes}><packages>${packages}</packages>` +
  `<addresses>${addresses}</addresses></request>`;
const packageTag = (guid: string): string => `<package guid="${guid}"/>`;
const addressTag = (ip: string): string => `<address ip="${ip}"/>`;

test('the request of KB 204355', () => {
  const xml = request(
    'resource="{A5350000-0000-4000-8000-000000000000}" type="codebases" compress="1" ' +
      'deny="Ns, ExtPs" totalTime="95" totalFailureTime="3"',
    packageTag(`{${ID.toUpperCase()}}`),
    addressTag('10.1.2.3'),
  );
  expect(parsePackageInfoRequest(xml)).toEqual({
    resourceId: 'a5350000-0000-4000-8000-000000000000',
    packageIds: [ID],
    addresses: ['10.1.2.3'],
    totalTimeMinutes: 95,
    denySmp: true,
    denyExternalPackageServers: true,
  });
});

test('GUIDs and addresses in any form, each once, unreadable ones not', () => {
  const xml = request(
    'resource="nobody" totalTime="soon" DENY="nsx"',
    [ID, `{${ID}}`, ID.toUpperCase(), 'x', ''].map(packageTag).join('') + '<package/>',
    [
      '::ffff:10.1.2.3',
      '10.1.2.3',
      'FE80:0::1%eth0',
      '2001:DB8::',
      '127.1',
      '999.1.1.1',
      '',
      '0x7f.1',
    ]
      .map(addressTag)
      .join(''),
  );
  expect(parsePackageInfoRequest(xml)).toEqual({
    resourceId: undefined,
    packageIds: [ID],
    addresses: ['10.1.2.3', 'fe80::1', '2001:db8::'],
    totalTimeMinutes: 0,
    denySmp: false,
    denyExternalPackageServers: false,
  });
});

test.each([
  ['another document', '<message/>', 'MALFORMED_REQUEST', /<message>, not a <request>/],
  ['another type', request('type="licenses"', packageTag(ID)), 'MALFORMED_REQUEST', /"licenses"/],
  ['no package', request('', ''), 'MALFORMED_REQUEST', /names no package/],
  [
    'too many packages',
    request(
      '',
      numbered(101, (n) => packageTag(ID.slice(0, -3) + String(100 + n))),
    ),
    'REQUEST_TOO_LARGE',
    /101 packages; at most 100/,
  ],
  [
    'too many addresses',
    request(
      '',
      packageTag(ID),
      numbered(65, (n) => addressTag(`10.0.0.${n}`)),
    ),
    'REQUEST_TOO_LARGE',
    /65 addresses; at most 64/,
  ],
])('refuses %s', (_name, xml, code, message) => {
  expect(() => parsePackageInfoRequest(xml)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
  );
});

test('what our agent writes is what the door reads', () => {
  const question = {
    resourceId: toGuid(ID),
    packageIds: [toGuid(ID)],
    addresses: ['10.1.2.3', '2001:db8::1'],
    totalTimeMinutes: 7,
    denySmp: false,
    denyExternalPackageServers: true,
  };
  expect(parsePackageInfoRequest(writePackageInfoRequest(question))).toEqual(question);
});

function numbered(count: number, item: (n: number) => string): string {
  return Array.from({ length: count }, (_none, index) => item(index)).join('');
}
