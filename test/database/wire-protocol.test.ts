// Requests and answers are understood however the bytes of the PostgreSQL protocol are cut.
import fc from 'fast-check';
import {
  fatalError,
  queryMessage,
  syncMessage,
} from '../../server/persistence/embedded/frontend-messages.ts';
import { RequestAssembler } from '../../server/persistence/embedded/request-assembler.ts';
import { ResponseSplitter } from '../../server/persistence/embedded/response-splitter.ts';

const frame = (type: string, body: string): Buffer => {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(body));
  bytes.write(type);
  bytes.writeUInt32BE(bytes.length - 1, 1);
  bytes.write(body, 5);
  return bytes;
};
const START_UP = Buffer.concat([Buffer.from([0, 0, 0, 13, 0, 3, 0, 0]), Buffer.from('user\0')]);
const NOTIFICATION = frame('A', '\0\0\0\x01news\0hello\0');

/** Cuts of `bytes` at any places. */
const cut = (bytes: Buffer): fc.Arbitrary<Buffer[]> =>
  fc.array(fc.nat(bytes.length)).map((places) => {
    const ends = [...places.sort((a, b) => a - b), bytes.length];
    return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  });

test('requests are cut at queries, Sync and Flush, and Terminate is dropped', () => {
  const extended = [frame('P', 'name\0select 1\0\0\0'), frame('B', '\0\0'), frame('E', '\0')];
  const batches = [
    START_UP,
    Buffer.from(queryMessage('listen news')),
    Buffer.concat([...extended, frame('H', '')]),
    Buffer.concat([frame('E', '\0'), syncMessage()]),
  ];
  const stream = Buffer.concat([...batches, frame('X', '')]);
  fc.assert(
    fc.property(cut(stream), (chunks) => {
      const assembler = new RequestAssembler();
      const found = chunks.flatMap((chunk) => assembler.push(chunk));
      expect(found.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
        batches.map((batch) => batch.toString('hex')),
      );
      expect(found.map(({ statements }) => statements)).toEqual([
        [],
        ['listen news'],
        ['select 1'],
        [],
      ]);
    }),
  );
});

test('answers pass unchanged but for notifications, and their end is known', () => {
  const row = frame('D', 'x'.repeat(300));
  const stream = Buffer.concat([row, NOTIFICATION, NOTIFICATION, row, frame('Z', 'T')]);
  const passed = Buffer.concat([row, row, frame('Z', 'T')]);
  fc.assert(
    fc.property(cut(stream), (chunks) => {
      const forwarded: Uint8Array[] = [];
      const channels: string[] = [];
      const splitter = new ResponseSplitter({
        forward: (bytes) => forwarded.push(Buffer.from(bytes)),
        notify: ({ channel, frame: bytes }) => {
          channels.push(channel);
          expect(Buffer.from(bytes).equals(NOTIFICATION)).toBe(true);
        },
      });
      for (const chunk of chunks) splitter.push(chunk);
      expect(Buffer.concat(forwarded).equals(passed)).toBe(true);
      expect(channels).toEqual(['news', 'news']);
      expect(splitter.status).toBe('T');
      expect(splitter.fatal).toBeUndefined();
    }),
  );
});

test('a fatal error is told from an ordinary one', () => {
  const sink = { forward: () => undefined, notify: () => undefined };
  const ordinary = new ResponseSplitter(sink);
  ordinary.push(frame('E', 'SERROR\0VERROR\0C22012\0Mdivision by zero\0\0'));
  expect(ordinary.fatal).toBeUndefined();
  const fatal = new ResponseSplitter(sink);
  fatal.push(fatalError('57P01', 'gone'));
  expect(fatal.fatal).toBe('gone');
});
