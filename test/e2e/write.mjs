import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { data, fails } from './check.mjs'

/** insert, upsert, update and delete, with and without the rows in return. */
export function writing(shop) {
  const stock = () => shop.service.from('stock')
  const rows = () => data(stock().select('sku, quantity, note').order('sku'))

  describe('writes', () => {
    beforeEach(async () => {
      await data(stock().delete().neq('sku', ''))
      await data(stock().insert([{ sku: 'a', quantity: 1 }, { sku: 'b', quantity: 2 }]))
    })

    test('insert without return', async () => {
      const answer = await stock().insert({ sku: 'c', quantity: 3 })
      assert.deepEqual([answer.status, answer.data, answer.error], [201, null, null])
      assert.deepEqual((await rows()).at(-1), { sku: 'c', quantity: 3, note: null })
    })
    test('insert with return and embed', async () => {
      const query = shop.service.from('albums').insert({ artist_id: 2, title: 'Nuages', year: 1940 })
      const album = await data(query.select('id, title, tags, artists(name)').single())
      assert.deepEqual(album, { id: album.id, title: 'Nuages', tags: [], artists: { name: 'Django Reinhardt' } })
      await data(shop.service.from('albums').delete().eq('id', album.id))
    })
    test('bulk insert gives missing keys null, or the default', async () => {
      await fails(stock().insert([{ sku: 'c', quantity: 3 }, { sku: 'd' }]), 400, { code: '23502' })
      await data(stock().insert([{ sku: 'c', quantity: 3 }, { sku: 'd' }], { defaultToNull: false }))
      assert.deepEqual((await rows()).slice(2), [
        { sku: 'c', quantity: 3, note: null }, { sku: 'd', quantity: 1, note: null },
      ])
    })
    test('insert with a count', async () => {
      const answer = await stock().insert([{ sku: 'c', quantity: 1 }, { sku: 'd', quantity: 1 }], { count: 'exact' })
      assert.equal(answer.count, 2)
    })
    test('upsert writes over', async () => {
      const got = await data(stock().upsert([{ sku: 'a', quantity: 10 }, { sku: 'c', quantity: 3 }]).select('sku, quantity').order('sku'))
      assert.deepEqual(got, [{ sku: 'a', quantity: 10 }, { sku: 'c', quantity: 3 }])
      assert.equal((await rows()).length, 3)
    })
    test('upsert ignoring duplicates, on a unique key', async () => {
      const query = stock().upsert([{ sku: 'a', quantity: 10 }, { sku: 'c', quantity: 3 }], { onConflict: 'sku', ignoreDuplicates: true })
      assert.deepEqual(await data(query.select('sku')), [{ sku: 'c' }])
      assert.equal((await rows())[0].quantity, 1)
    })
    test('update without and with return', async () => {
      const answer = await stock().update({ note: 'x' }).eq('sku', 'a')
      assert.deepEqual([answer.status, answer.data], [204, null])
      assert.deepEqual(await data(stock().update({ quantity: 7 }).eq('sku', 'a').select()), [{ sku: 'a', quantity: 7, note: 'x' }])
      assert.deepEqual((await rows())[1], { sku: 'b', quantity: 2, note: null })
    })
    test('update of nothing', async () => {
      assert.deepEqual(await data(stock().update({ quantity: 7 }).eq('sku', 'zzz').select()), [])
    })
    test('delete without and with return', async () => {
      assert.deepEqual(await data(stock().delete().eq('sku', 'a').select('sku').single()), { sku: 'a' })
      const answer = await stock().delete({ count: 'exact' }).eq('sku', 'b')
      assert.deepEqual([answer.status, answer.count], [204, 1])
      assert.deepEqual(await rows(), [])
    })
    test('more rows than allowed undoes the write', async () => {
      await fails(stock().delete().gte('quantity', 0).maxAffected(1).select(), 400, { code: 'PGRST124' })
      assert.equal((await rows()).length, 2)
    })
    test('a singular answer with two rows undoes the write', async () => {
      await fails(stock().update({ quantity: 0 }).gte('quantity', 0).select().single(), 406, { code: 'PGRST116' })
      assert.deepEqual((await rows()).map((r) => r.quantity), [1, 2])
    })
  })

  describe('functions', () => {
    test('named arguments and defaults', async () => {
      assert.equal(await data(shop.anon.rpc('add', { a: 1, b: 2 })), 3)
      assert.equal(await data(shop.anon.rpc('add', { a: 1 })), 11)
    })
    test('by GET', async () => {
      assert.equal(await data(shop.anon.rpc('add', { a: 1, b: 2 }, { get: true })), 3)
    })
    test('a set of rows with filter, order and embed', async () => {
      const query = shop.anon.rpc('albums_since', { since: 1960 }).select('title, artists(name)').neq('id', 1).order('year')
      assert.deepEqual(await data(query), [
        { title: 'Djangology', artists: { name: 'Django Reinhardt' } },
        { title: 'Miss Perfumado', artists: { name: 'Cesária Évora' } },
      ])
    })
    test('what it raises arrives', async () => {
      await fails(shop.anon.rpc('refuse'), 400, {
        code: 'P0001', message: 'The shop is closed', details: 'It is Sunday', hint: 'Come back tomorrow',
      })
    })
  })
}
