// The other administrator: opens the sheet from the disk in a browser, fills in what it asks for, and
// saves the answer file.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

/** The path of the answer file. */
export async function handBack(folder, sheet, { metadata, address, note }) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const context = await browser.newContext({ acceptDownloads: true });
    const page = await context.newPage();
    await page.goto(pathToFileURL(sheet).href);
    await page.getByLabel('Federation metadata').setInputFiles({
      name: 'metadata.xml',
      mimeType: 'text/xml',
      buffer: Buffer.from(metadata),
    });
    await page.locator('#metadata-said', { hasText: 'Metadata of' }).waitFor();
    await page.getByRole('textbox', { name: address.label }).fill(address.url);
    await page.getByRole('textbox', { name: 'Note' }).fill(note);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the answer file' }).click(),
    ]);
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    return file;
  } finally {
    await browser.close();
  }
}
