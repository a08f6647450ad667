// GUIDs are read in every form that agents and administrators write, and kept in one.
import { bracedGuid, parseGuid, toGuid } from '../../../core/guid.ts';
import { siblingModule } from '../../../core/module-url.ts';

const plain = '46d50e6e-183c-4d15-9767-ee14ebea5ed4';

test.each([plain, plain.toUpperCase(), `{${plain}}`, ` {${plain.toUpperCase()}} `])(
  'reads %s',
  (text) => expect(parseGuid(text)).toBe(plain),
);

test.each(['', '{', `{${plain}`, `${plain}}`, `${plain}0`, 'zzzzzzzz-183c-4d15-9767-ee14ebea5ed4'])(
  'refuses %j',
  (text) => expect(parseGuid(text)).toBeUndefined(),
);

test('writes the form of the console', () => {
  expect(bracedGuid(toGuid(plain))).toBe('{46D50E6E-183C-4D15-9767-EE14EBEA5ED4}');
  expect(() => toGuid('nothing')).toThrow(TypeError);
});

test('a sibling module keeps the extension of the code that runs', () => {
  expect(siblingModule('file:///a/b.ts', './worker').href).toBe('file:///a/worker.ts');
  expect(siblingModule('file:///a/b.js', './worker').href).toBe('file:///a/worker.js');
});
