// Shows: `canopy serve` has exactly the flags of the server's configuration.
import { SERVER_FLAGS } from '../../../cli/commands/server-flags.ts';
import { CONFIG_KEYS } from '../../../server/config/config-keys.ts';
import { createOutside } from './support.ts';

test('one flag for each key, under the same names, with the same choices', () => {
  const expected = CONFIG_KEYS.map(({ key, flag, secret, allowed }) => ({
    key: secret ? `${key}File` : key,
    flag,
    choices: allowed,
  }));
  const actual = SERVER_FLAGS.filter(({ key }) => key !== 'config').map(
    ({ key, flags, choices }) => ({ key, flag: flags.split(' ')[0], choices }),
  );
  expect(actual).toEqual(expected);
});

test('config view shows values with their origin, config check every fault', async () => {
  const outside = await createOutside({ environment: {} });
  try {
    const args = ['--listen', '0.0.0.0:9000', '--show-origin', '-o', 'json'];
    expect(await outside.run('config', 'view', '--data-dir', outside.folder, ...args)).toBe(0);
    const rows = JSON.parse(outside.stdout) as { key: string; origin: string }[];
    expect(rows).toContainEqual({ key: 'listen', value: '0.0.0.0:9000', origin: '--listen' });
    expect(
      await outside.run('config', 'check', '--listen', 'nowhere', '--max-connections', 'x'),
    ).toBe(1);
    expect(outside.stderr).toContain('listen');
    expect(outside.stderr).toContain('maxConnections');
    expect(await outside.run('config', 'schema')).toBe(0);
    expect(JSON.parse(outside.stdout)).toHaveProperty('properties.dataDir');
  } finally {
    await outside.remove();
  }
});
