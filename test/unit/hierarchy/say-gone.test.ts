// A child that left is not resumed where it stopped telling: what it told is forgotten here.
import { sayGone, takeUpPage } from '../../../hierarchy/convergence/take-up-page.ts';
import { upCursorOf } from '../../../hierarchy/link/standing.ts';
import { aPair } from './replica-pair.ts';

test('a child that comes back tells its branch from the beginning', async () => {
  const { parent, record } = await aPair();
  await takeUpPage(parent.context, record, { states: [], after: '', cursor: 'so far' });
  expect(await upCursorOf(parent.context, record)).toBe('so far');
  await parent.context.write((tx) => sayGone(tx, parent.context, record.nodeId));
  expect(await upCursorOf(parent.context, record)).toBe('');
});
