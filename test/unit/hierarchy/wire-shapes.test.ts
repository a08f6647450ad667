// What travels over a link as JSON is read whole, and what is malformed names its place.
import { operationAnswer } from '../../../hierarchy/link/wire-shapes.ts';

const answer = (error: object) => ({
  id: 'one',
  status: 'OK',
  data: null,
  errors: [error],
  prunedFields: [],
});

test('an error keeps its code and its hint', () => {
  const error = {
    message: 'There is no such package.',
    path: ['smp', 0],
    extensions: { code: 'NOT_FOUND', hint: 'canopy package list' },
  };
  expect(operationAnswer(answer(error), 'answer').errors).toEqual([error]);
  const bare = { message: 'Plain.' };
  expect(operationAnswer(answer(bare), 'answer').errors).toEqual([bare]);
});

test('extensions that are no object are refused', () => {
  expect(() => operationAnswer(answer({ message: 'x', extensions: 'code' }), 'answer')).toThrow(
    'answer.errors.0.extensions: an object is needed.',
  );
});
