// Hostile and odd XML ends in a refusal that says where, in linear time; what agents do send is read.
import { deflateSync, gzipSync } from 'node:zlib';
import { readXml, type XmlLimits } from '../../../legacy/xml-reader.ts';

const read = (source: string | Uint8Array, limits?: XmlLimits) =>
  readXml(source, 'request', limits);
const utf16 = (text: string, mark: readonly number[], swap: boolean): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return Buffer.concat([Buffer.from(mark), swap ? bytes.swap16() : bytes]);
};

describe('reads', () => {
  test.each<[string, string | Uint8Array]>([
    ['text', '<a B="ü&amp;&#x41;"/>'],
    ['text with a foreign declaration', '<?xml version="1.0" encoding="utf-16"?><a b="ü&amp;A"/>'],
    ['UTF-8 with a mark', Buffer.from('\ufeff<A b="ü&amp;A"></A>')],
    ['UTF-16 little', utf16('<a b="ü&amp;A"/>', [0xff, 0xfe], false)],
    [
      'UTF-16 big',
      utf16('<?xml version="1.0" encoding="UTF-16"?><a b="ü&amp;A"/>', [0xfe, 0xff], true),
    ],
    ['gzip', gzipSync('<a b="ü&amp;A"/>')],
    ['zlib', deflateSync('<a b="ü&amp;A"/>')],
  ])('%s', (_name, source) => {
    const root = read(source);
    expect([root.name, root.attributes.b]).toEqual(['a', 'ü&A']);
  });

  test('unquoted values as KB 180560 prints them, and nothing else is touched', () => {
    const root = read(
      '<?pi a=b?><!-- <x a=b> --><P a = HTTP://s/x?y=1 b="c=d e=f" q=\'g=h\'>t=u &gt; v=w' +
        '<![CDATA[<y a=b>]]><Q url=HTTP://s/p.aspx/><R z=1\n></R></P>',
    );
    expect(root.attributes).toEqual({ a: 'HTTP://s/x?y=1', b: 'c=d e=f', q: 'g=h' });
    expect(root.text).toBe('t=u > v=w<y a=b>');
    expect(root.children.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['q', { url: 'HTTP://s/p.aspx' }],
      ['r', { z: '1' }],
    ]);
  });

  test('names of object members are just names', () => {
    const root = read('<a __proto__="1" constructor="2"><toString/></a>');
    expect(Object.getPrototypeOf(root.attributes)).toBeNull();
    expect({ ...root.attributes }).toEqual({ ['__proto__']: '1', constructor: '2' });
    expect(root.attributes.tostring).toBeUndefined();
  });
});

describe('refuses', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /no element|document must contain/],
    ['white space', ' \n ', /no element|document must contain/],
    ['text alone', 'hello', /text data outside of root/],
    ['two roots', '<a/><b/>', /root/],
    ['open end', '<a><b></b>', /unclosed tag/],
    ['crossed tags', '<a><b></a></b>', /unexpected close tag \(line 1, column \d+\)/],
    ['a repeated attribute', '<a b="1" b="2"/>', /duplicate attribute/],
    ['a repetition in another case', '<a b="1" B="2"/>', /attribute is repeated/],
    ['a document type', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /document types/],
    ['a lower case document type', '<!doctype a><a/>', /document types/],
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /document types/],
    ['an unknown entity', '<a>&nbsp;</a>', /undefined entity/],
    ['a control character', '<a b="\u0001"/>', /disallowed character/],
    ['a reference to one', '<a b="&#1;"/>', /malformed character entity/],
    ['one allowed by XML 1.1', '<?xml version="1.1"?><a b="&#1;"/>', /version|malformed/],
    ['U+FFFE', '<a>\ufffe</a>', /disallowed character/],
    ['half a character', '<a>\ud800</a>', /half a character/],
    ['a NUL', Buffer.from('<a>\0</a>'), /disallowed character/],
    ['Latin-1 bytes', Buffer.from('<a>\u00fc</a>', 'latin1'), /not valid UTF-8/],
    ['UTF-16 without a mark', Buffer.from('<a/>', 'utf16le'), /disallowed character/],
    ['half a unit of UTF-16', Buffer.from([0xff, 0xfe, 0x3c]), /not valid UTF-16LE/],
    ['another encoding', Buffer.from('<?xml version="1.0" encoding="latin1"?><a/>'), /latin1/],
    ['broken gzip', Buffer.from([0x1f, 0x8b, 0x08, 0, 1, 2, 3]), /cannot be unpacked/],
    ['garbage', 'ab<\u00ff>&&&]]>'.repeat(4000), /cannot be read as XML/],
    ['an unquoted quote', '<a b=c"d/>', /cannot be read as XML/],
  ])('%s', (_name, source, message) => {
    expect(() => read(source)).toThrow(
      expect.objectContaining({
        code: 'MALFORMED_REQUEST',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  test('too much, plain or unpacked', () => {
    const large = `<a>${'x'.repeat(64 * 1024)}</a>`;
    for (const source of [large, Buffer.from(large), gzipSync(large), deflateSync(large)]) {
      expect(() => read(source)).toThrow(
        expect.objectContaining({ code: 'REQUEST_TOO_LARGE' }) as Error,
      );
    }
  });

  test('depth where it is passed, whatever follows', () => {
    const limits = { bodyBytes: 1024 * 1024, depth: 64 };
    expect(read('<a>'.repeat(64) + '</a>'.repeat(64), limits).name).toBe('a');
    expect(() => read('<a>'.repeat(50_000), limits)).toThrow(/deeper than 64 \(line 1/);
  });
});

test.each([
  ['open angles', '<'],
  ['open comments', '<!--'],
  ['start tags without end', '<a b=c '],
  ['unquoted values', 'a=b '],
  ['open quotes', '<a b="'],
  ['open sections', '<![CDATA['],
  ['ampersands', '&'],
])('64 KiB of %s take a moment', (_name, unit) => {
  const source = `<a>${unit.repeat(Math.floor((64 * 1024 - 3) / unit.length))}`;
  const cpu = process.cpuUsage();
  expect(() => read(source)).toThrow(
    expect.objectContaining({ code: 'MALFORMED_REQUEST' }) as Error,
  );
  expect(process.cpuUsage(cpu).user / 1000).toBeLessThan(1000);
});
