// Whatever names, paths and URLs contain, what is written parses with saxes and reads back the same.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { toGuid } from '../../../core/guid.ts';
import { parsePolicies, writePolicies } from '../../../legacy/client-policies.ts';
import { writeErrorXml } from '../../../legacy/error-xml.ts';
import type { PackageInfoAnswer } from '../../../legacy/package-info.ts';
import { readPackageXml, writePackageXml } from '../../../legacy/package-xml.ts';
import { parseSnapshotXml } from '../../../legacy/snapshot-reader.ts';
import { writeSnapshotXml } from '../../../legacy/snapshot-xml.ts';
import { readEvent, writeStatusEvent } from '../../../legacy/status-event.ts';
import { readXml } from '../../../legacy/xml-reader.ts';
import { legalXmlText, writeDocument } from '../../../legacy/xml-writer.ts';

const RUNS = 10_000;
const id = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');

/** Any UTF-16: lone surrogates, controls, noncharacters and markup are made likely. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom('\0', '\t', '\n', '\r', '\x1f', '\ufffe', '\ud83d', '😀', '\x7f', '\x85'),
      fc.constantFrom('<', '>', '&', '"', "'", ']]>', '<!--', '&amp;', '&#0;', '<!DOCTYPE'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

function assertWellFormed(xml: string): void {
  new SaxesParser({ forceXMLVersion: true, defaultXMLVersion: '1.0' }).write(xml).close();
}

test('attributes and text of any element', () => {
  fc.assert(
    fc.property(anyText, anyText, (attribute, text) => {
      const xml = writeDocument({ name: 'a', attributes: { b: attribute }, text });
      assertWellFormed(xml);
      const root = readXml(xml, 'document');
      expect(root.attributes.b).toBe(legalXmlText(attribute));
      expect(root.text).toBe(legalXmlText(text));
    }),
    { numRuns: RUNS },
  );
});

test('package documents', () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, (name, url, key) => {
      const answer: PackageInfoAnswer = {
        packageId: id,
        name: legalXmlText(name),
        sizeBytes: 12,
        internalVersion: 1_390_562_687,
        priority: 'High',
        enableMulticast: false,
        valid: true,
        statusDescription: 'valid',
        sourceKey: legalXmlText(key),
        sourceTimeMs: 1_390_562_687_000,
        siteQueryUrl: legalXmlText(url),
        resourceId: id,
        codebases: [
          { url: `http://${legalXmlText(url)}`, snapshotUrl: legalXmlText(name) },
          { url: `\\\\${legalXmlText(url)}`, snapshotUrl: undefined },
        ],
      };
      const xml = writePackageXml(answer);
      assertWellFormed(xml);
      expect(readPackageXml(xml)).toEqual(answer);
    }),
    { numRuns: RUNS / 10 },
  );
});

test('snapshots of any tree', () => {
  const name = anyText
    .map((text) => legalXmlText(text).replace(/[/\\]/g, '_'))
    .filter((text) => text !== '' && text !== '.' && text !== '..');
  const file = fc.record({
    folders: fc.array(fc.constantFrom('a', 'b & c'), { maxLength: 3 }),
    name: name.map((text) => `f${text}`),
    sizeBytes: fc.nat(),
    sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(file, { selector: (one) => one.name, maxLength: 6 }), (files) => {
      const manifest = {
        files: files.map((one) => ({
          path: [...one.folders, one.name].join('/'),
          sizeBytes: one.sizeBytes,
          sha256: Buffer.from(one.sha256).toString('hex'),
          modifiedAtMs: 1000,
        })),
        emptyFolders: ['e/f'],
      };
      const head = { path: 'p', internalVersion: 7, createdAtMs: 5000 };
      const xml = writeSnapshotXml(head, manifest);
      assertWellFormed(xml);
      const read = parseSnapshotXml(xml);
      const byPath = (list: readonly { path: string }[]) =>
        [...list].sort((left, right) => (left.path < right.path ? -1 : 1));
      expect(byPath(read.files)).toEqual(byPath(manifest.files));
      expect(read).toMatchObject({ ...head, emptyFolders: ['e/f'] });
    }),
    { numRuns: RUNS / 50 },
  );
});

test('policies and events', () => {
  fc.assert(
    fc.property(anyText.map(legalXmlText), fc.nat(), (text, version) => {
      const policy = {
        policyId: id,
        name: text,
        version: text,
        agentClsid: 'Altiris.SWD',
        packages: [
          {
            packageId: id,
            name: text,
            version: text,
            internalVersion: version,
            cleanupAfterMinutes: 1,
            priority: 'Low' as const,
          },
        ],
      };
      const { hash, xml } = writePolicies([policy]);
      assertWellFormed(xml);
      expect(parsePolicies(xml)).toEqual({ kind: 'POLICIES', hash, policies: [policy] });

      const event = {
        packageServerId: id,
        packages: [
          {
            packageId: id,
            internalVersion: version,
            status: 'INVALID' as const,
            statusDescription: text,
            urls: ['http://ps/x', 'FILE://ps/share'],
          },
        ],
      };
      expect(readEvent(writeStatusEvent(event, '2026-11-20T10:00:00Z'))).toEqual({
        kind: 'STATUS',
        event,
      });
      assertWellFormed(writeErrorXml({ code: 'BUSY', message: text }));
    }),
    { numRuns: RUNS / 10 },
  );
});

const hasXmllint = (() => {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

if (hasXmllint) {
  test('xmllint agrees', () => {
    for (const text of fc.sample(anyText, 50)) {
      const xml = writeDocument({ name: 'a', attributes: { b: text }, text });
      execFileSync('xmllint', ['--noout', '--nonet', '-'], { input: xml });
    }
  });
}
