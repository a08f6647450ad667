// Shows: the generated documents belong to the committed schema and are typed, not `any`.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, validate } from 'graphql';
import * as sdk from '../../../client-sdk/src/index.ts';
import type { GetSiteQuery, SmpClient, TypedDocument } from '../../../client-sdk/src/index.ts';
import { SCHEMA } from '../cli/fake-smp.ts';

const documents = Object.entries(sdk).filter(
  ([name]) => name.endsWith('Document') && !name.endsWith('FragmentDoc'),
);

test('there is a document for each need', () => {
  expect(documents.length).toBeGreaterThan(40);
});

test.each(documents)('%s is valid', (_name, document) => {
  expect(validate(SCHEMA, parse(String(document)))).toEqual([]);
});

test('types are exact: the compiler refuses what the schema does not have', () => {
  const check = async (client: SmpClient): Promise<void> => {
    const { site } = await client.execute(sdk.GetSiteDocument, { by: { name: 'Berlin' } });
    const name: string | undefined = site?.name;
    // @ts-expect-error a name is not a number
    const wrong: number | undefined = site?.name;
    // @ts-expect-error there is no such field
    site?.colour;
    // @ts-expect-error the variables are needed
    await client.execute(sdk.GetSiteDocument);
    // @ts-expect-error a look-up has no such key
    await client.execute(sdk.GetSiteDocument, { by: { colour: 'red' } });
    await client.execute(sdk.GetSettingsDocument);
    void [name, wrong];
  };
  const typed: TypedDocument<GetSiteQuery, sdk.GetSiteQueryVariables> = sdk.GetSiteDocument;
  expect([typeof check, String(typed)]).toEqual([
    'function',
    expect.stringContaining('query GetSite'),
  ]);
});

test('what is committed is what `npm run codegen` writes', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const codegen = `${root}/node_modules/@graphql-codegen/cli/esm/bin.js`;
  const args = [codegen, '--config', 'codegen.yml', '--check'];
  await promisify(execFile)(process.execPath, args, { cwd: root });
});
