// Goal: /api/docs/ui shows the served description in a real browser, with nothing from elsewhere.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { open } from './browser.mjs';

test('docs: every module\'s operations are listed, and one opens', async () => {
  const { page, faults, close } = await open();
  try {
    const foreign = [];
    page.on('request', (request) => { if (!request.url().startsWith(process.env.BASE_URL) && !request.url().startsWith('data:')) foreign.push(request.url()); });
    await page.goto('/api/docs/ui');
    await page.waitForSelector('.opblock-tag');
    const document = await (await fetch(`${process.env.BASE_URL}/api/docs`)).json();
    const tags = new Set(Object.values(document.paths).flatMap((item) => Object.values(item)).flatMap((operation) => operation.tags ?? []));
    assert.equal(await page.locator('.opblock-tag').count(), tags.size);
    assert.equal(await page.title(), 'Almoner: API description');
    await page.locator('#operations-tag-persons').click();
    await page.locator('#operations-persons-listPersons .opblock-summary-control').click();
    await page.waitForSelector('#operations-persons-listPersons .responses-table');
    assert.match(await page.locator('#operations-persons-listPersons').innerText(), /List persons\./);
    assert.deepEqual(foreign, []);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
