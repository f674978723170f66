// What the browser tests share: Debian's Chromium, and a page that remembers what it complained of.
import { chromium } from 'playwright-core';

/** A page at the stack's address: {page, faults, close}. */
export async function open() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage({ baseURL: process.env.BASE_URL });
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
  return { page, faults, close: () => browser.close() };
}
