// GraphiQL in a real browser: signs in, runs a query, and asks nobody but this server. Needs a
// Chromium, at CANOPY_CHROMIUM or where distributions put it.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startSmpProcess, type SmpProcess } from '../support/smp-process.ts';

const CHROMIUM = [
  process.env.CANOPY_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
];
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

let folder: string;
let smp: SmpProcess;
let browser: Browser;
let page: Page;
const outside: string[] = [];
const faults: string[] = [];

beforeAll(async () => {
  const executablePath = CHROMIUM.find((path) => path !== '' && existsSync(path));
  if (!executablePath) throw new Error('no Chromium is installed; name one in CANOPY_CHROMIUM');
  folder = await mkdtemp(join(tmpdir(), 'canopy-browser-'));
  smp = await startSmpProcess(join(folder, 'data'));
  browser = await chromium.launch({ executablePath, args: QUIET });
});

afterAll(async () => {
  await browser?.close();
  await smp?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(smp.url) && !/^(data|blob):/.test(url)) outside.push(url);
  });
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(`${smp.url}/graphiql`);
});

afterEach(() => page.close());

test('a token opens the editor, and Ctrl-Enter runs the sample query', async () => {
  await page.getByLabel('Bearer token').fill(smp.token);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.press('Control+Enter');
  await page.locator('.result-window').getByText('totalCount').waitFor();
  expect(faults).toEqual([]);
});

test('a wrong token is refused in words, and the form comes back', async () => {
  await page.getByLabel('Bearer token').fill('canopy_wrong');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('Bearer token').isVisible()).toBe(true);
});

test('no request left this server', () => {
  expect(outside).toEqual([]);
});
