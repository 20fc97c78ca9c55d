// The page at /docs, in Chromium: it shows what the caller may use, runs a request, and speaks to its own server alone.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { launch, program } from './browser.mjs'
import { shop } from './shop.mjs'

const chromium = program()
const pictures = fileURLToPath(new URL('../../build/explorer/', import.meta.url))

// A suite that is skipped is not counted, a test is.
if (!chromium) test('the page in Chromium', { skip: 'Chromium is not installed' })

describe('the page', { skip: !chromium }, () => {
  let s, browser, page, asked, complaints

  before(async () => {
    await mkdir(pictures, { recursive: true })
    s = await shop()
    browser = await launch(chromium)
  })
  after(async () => {
    await browser?.close()
    await s?.close()
  })
  beforeEach(async () => {
    asked = []
    complaints = []
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.setDefaultTimeout(60_000) // for a loaded machine
    page.on('request', (request) => asked.push(request.url()))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterEach(async () => {
    const abroad = asked.filter((address) => new URL(address).protocol !== 'data:' && !address.startsWith(s.url))
    await page.close()
    assert.deepEqual(abroad, [], 'requests to other servers')
  })

  const menu = () => page.locator('aside').first()
  const open = async (path = '/docs') => {
    await page.goto(s.url + path)
    await menu().getByText('records', { exact: true }).waitFor()
  }
  const callAs = async (key) => {
    await page.getByLabel('API key or token').fill(key)
    await page.getByRole('button', { name: 'Show its API' }).click()
  }

  test('shows what the anonymous role may use', async () => {
    await open()
    assert.equal(await page.title(), 'The shop')
    assert.equal(await menu().getByText('till', { exact: true }).count(), 0)
    await page.screenshot({ path: `${pictures}page.png` })
    assert.deepEqual(complaints, [])
  })

  test('shows more to a key that may do more', async () => {
    await open()
    await callAs(s.service_role_key)
    await menu().getByText('till', { exact: true }).waitFor()
    await page.reload()
    await menu().getByText('till', { exact: true }).waitFor() // the key is kept in the tab
    assert.deepEqual(complaints, [])
  })

  test('runs a request with the key', async () => {
    await open()
    await callAs(s.service_role_key)
    await menu().getByText('till', { exact: true }).click()
    await page.getByRole('button', { name: /test request.*get \/till/i }).click()
    const answered = page.waitForResponse((response) => response.url().includes('/rest/v1/till'))
    await page.getByRole('button', { name: /^send/i }).first().click()
    const answer = await answered
    assert.equal(answer.status(), 200)
    assert.equal(answer.request().headers().apikey, s.service_role_key)
    assert.equal(new URL(answer.url()).search, '', 'parameters that nobody gave')
    await page.getByText('4200').first().waitFor()
    await page.screenshot({ path: `${pictures}request.png` })
    assert.deepEqual(complaints, [])
  })

  test('says what is wrong with a key', async () => {
    await open()
    await callAs('nonsense')
    const note = page.locator('#note.wrong')
    await note.waitFor()
    assert.match(await note.textContent(), /JWT|key/i)
    assert.equal(await menu().getByText('records', { exact: true }).count(), 1, 'what was shown before is gone')
  })

  test('is where /rest/v1/_docs leads', async () => {
    await open('/rest/v1/_docs')
    assert.equal(new URL(page.url()).pathname, '/docs')
    assert.deepEqual(complaints, [])
  })
})
