// supabase-js, as applications use it, against `pergola dev`.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { access } from './access.mjs'
import { data, fails } from './check.mjs'
import { embedding } from './embed.mjs'
import { errors } from './errors.mjs'
import { methods } from './methods.mjs'
import { client, dev } from './pergola.mjs'
import { reading } from './read.mjs'
import { load, settings, sql } from './shop.mjs'
import { typing } from './typed.mjs'
import { writing } from './write.mjs'

const shop = {} // what the suites share: the --json line of pergola dev, and a client for each key

async function open(env) {
  Object.assign(shop, await dev(shop.data, { ...settings, ...env }))
  shop.anon = client(shop.url, shop.anon_key)
  shop.service = client(shop.url, shop.service_role_key)
}

/** Waits until a table is served, and gives the milliseconds that took. */
async function served(table) {
  const start = performance.now()
  for (;;) {
    const { error } = await shop.anon.from(table).select().limit(0)
    const waited = performance.now() - start
    if (!error) return waited
    assert.ok(waited < 10_000, `${table} is not served: ${error.message}`)
    await sleep(20)
  }
}

describe('pergola dev', { concurrency: 1 }, () => {
  before(async () => {
    shop.data = await mkdtemp(join(tmpdir(), 'pergola-e2e-'))
    await open()
    await load(shop)
    await served('shelves')
  })
  after(async () => {
    await shop.stop?.()
    await rm(shop.data, { recursive: true, force: true })
  })

  reading(shop)
  embedding(shop)
  writing(shop)
  access(shop)
  errors(shop)
  typing(shop)

  test('shows no plan unless it is told to', async () => {
    await fails(shop.anon.from('albums').select().explain(), 406, { code: 'PGRST107' })
  })
  test('picks up a new table within a second', async () => {
    await sql(shop, 'create table later (id integer primary key); alter table later enable row level security')
    const waited = await served('later')
    assert.ok(waited < 1000, `it took ${waited} ms`)
  })

  describe('started again', () => {
    let first
    before(async () => {
      first = { ...shop }
      assert.equal(await shop.stop(), 0, shop.log())
      await open({ PGRST_DB_PLAN_ENABLED: 'true' })
    })
    test('said one line on standard output', () => {
      assert.deepEqual(first.stdout.length, 1, first.stdout.join('\n'))
    })
    test('is ready within a second', () => {
      assert.ok(shop.readyAfter < 1000, `it took ${shop.readyAfter} ms`)
    })
    test('keeps its keys and its rows', async () => {
      assert.equal(shop.anon_key, first.anon_key)
      assert.equal(shop.service_role_key, first.service_role_key)
      assert.equal((await data(shop.anon.from('genres').select())).length, 3)
    })
    test('shows plans when it is told to', async () => {
      const text = await data(shop.anon.from('albums').select().eq('id', 1).explain())
      assert.match(text, /Aggregate|Scan/)
      assert.match(text, /cost=\d/)
      const [{ Plan }] = await data(shop.anon.from('albums').select().explain({ format: 'json', analyze: true }))
      assert.ok(Plan['Actual Rows'] >= 0)
    })
    methods(shop)
  })
})
