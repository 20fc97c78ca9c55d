import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PostgrestBuilder, PostgrestClient } from '@supabase/postgrest-js'
import { methods as all, prove, unproved } from './builders.mjs'

/** What each filter finds: in albums by their ids, in shelves by theirs. */
const filters = {
  eq: [(q) => q.eq('title', 'Djangology'), [3]],
  neq: [(q) => q.neq('artist_id', 1), [3, 4]],
  gt: [(q) => q.gt('year', 1960), [3, 4]],
  gte: [(q) => q.gte('year', 1960), [1, 3, 4]],
  lt: [(q) => q.lt('year', 1960), [2]],
  lte: [(q) => q.lte('year', 1960), [1, 2]],
  like: [(q) => q.like('title', 'Ella%'), [1]],
  likeAllOf: [(q) => q.likeAllOf('title', ['%o%', '%P%']), [2, 4]],
  likeAnyOf: [(q) => q.likeAnyOf('title', ['Ella%', 'Django%', 'miss%']), [1, 3]],
  ilike: [(q) => q.ilike('title', 'ella%'), [1]],
  ilikeAllOf: [(q) => q.ilikeAllOf('title', ['%O%', '%G%']), [2, 3]],
  ilikeAnyOf: [(q) => q.ilikeAnyOf('title', ['ELLA%', 'MISS%']), [1, 4]],
  regexMatch: [(q) => q.regexMatch('title', '^E.*n$'), [1]],
  regexIMatch: [(q) => q.regexIMatch('title', '^(e.*N|m.*O)$'), [1, 4]],
  is: [(q) => q.is('price', null), [4]],
  isDistinct: [(q) => q.isDistinct('price', 15), [1, 2, 4]],
  in: [(q) => q.in('title', ['Djangology', 'a,b', '(c)']), [3]],
  notIn: [(q) => q.notIn('title', ['Djangology', 'a,b', '(c)']), [1, 2, 4]],
  contains: [(q) => q.contains('tags', ['vocal', 'live']), [1]],
  'contains, JSON': [(q) => q.contains('details', { label: 'Verve' }), [1, 2]],
  containedBy: [(q) => q.containedBy('tags', ['guitar', 'vocal']), [3, 4]],
  overlaps: [(q) => q.overlaps('tags', ['duet', 'guitar']), [2, 3]],
  textSearch: [(q) => q.textSearch('title', "'berlin' | 'django':*", { config: 'simple' }), [1, 3]],
  'textSearch, words': [(q) => q.textSearch('title', 'bess porgy', { type: 'plain' }), [2]],
  'textSearch, a phrase': [(q) => q.textSearch('title', 'ella in', { type: 'phrase', config: 'simple' }), [1]],
  'textSearch, as on the web': [(q) => q.textSearch('title', 'ella or miss', { type: 'websearch', config: 'simple' }), [1, 4]],
  match: [(q) => q.match({ artist_id: 1, year: 1959 }), [2]],
  not: [(q) => q.not('price', 'is', null), [1, 2, 3]],
  or: [(q) => q.or('year.eq.1992,and(artist_id.eq.1,price.gt.20)'), [2, 4]],
  filter: [(q) => q.filter('details->>label', 'not.in', '("Verve","RCA")'), [4]],
}
const ranges = {
  rangeGt: [(q) => q.rangeGt('room', '[1,5)'), [2, 3]],
  rangeGte: [(q) => q.rangeGte('room', '[5,20)'), [2, 3]],
  rangeLt: [(q) => q.rangeLt('room', '[10,20)'), [1, 2]],
  rangeLte: [(q) => q.rangeLte('room', '[1,10)'), [1, 2]],
  rangeAdjacent: [(q) => q.rangeAdjacent('room', '[1,5)'), [2]],
  'contains, a range': [(q) => q.contains('room', '[12,14)'), [3]],
  'containedBy, a range': [(q) => q.containedBy('room', '[0,10)'), [1, 2]],
  'overlaps, a range': [(q) => q.overlaps('room', '[4,6)'), [1, 2]],
}

/** Every method of the client's builders, each by an answer that would be another without it. */
export function methods(shop) {
  const ids = (answer) => answer.data?.map((row) => row.id)
  const albums = (columns = 'id', options) => shop.anon.from('albums').select(columns, options)
  const stock = () => shop.service.from('stock')
  const rest = (options) => new PostgrestClient(`${shop.url}/rest/v1`, { headers: { apikey: shop.anon_key }, ...options })
  const is = (of, title, ask, answer) =>
    test(`${of}.${title}`, () => prove(shop, `${of}.${title}`, ask, answer))

  /** A fetch that lets nothing through at first. */
  const flaky = () => {
    let calls = 0
    return (...args) => (calls++ === 0 ? new Response('down', { status: 503, headers: { 'retry-after': '0' } }) : fetch(...args))
  }
  /** Seconds a function of the database takes that nobody waits for. */
  const long = 20
  const within = (start) => assert.ok(performance.now() - start < (long * 1000) / 2, 'it waited for the function')

  describe('every method', () => {
    for (const [table, cases, everything] of [['albums', filters, 4], ['shelves', ranges, 3]]) {
      for (const [title, [filter, found]] of Object.entries(cases)) {
        is('PostgrestFilterBuilder', title, () => filter(shop.anon.from(table).select('id')).order('id'), (answer) => {
          assert.equal(answer.error, null)
          assert.deepEqual(ids(answer), found)
          assert.ok(found.length > 0 && found.length < everything, 'the filter would not be missed')
        })
      }
    }
    // The same method stands in three classes, and each calls the one above.
    for (const of of ['PostgrestFilterBuilder', 'PostgrestTransformBuilder', 'PostgrestBuilder']) {
      is(of, 'throwOnError', () => albums('colour').throwOnError().then(() => null, (error) => error), (error) => {
        assert.equal(error.name, 'PostgrestError')
        assert.deepEqual([error.code, error.message], ['42703', 'column albums.colour does not exist'])
      })
    }

    is('PostgrestTransformBuilder', 'select', () => stock().upsert({ sku: 'm', quantity: 4 }).select('quantity, note'), [{ quantity: 4, note: null }])
    is('PostgrestTransformBuilder', 'order', () => albums().order('price', { ascending: false, nullsFirst: false }), [{ id: 2 }, { id: 1 }, { id: 3 }, { id: 4 }])
    is('PostgrestTransformBuilder', 'order, inside', () => albums('tracks(position)').eq('id', 1).order('seconds', { referencedTable: 'tracks', ascending: false }), [
      { tracks: [{ position: 3 }, { position: 2 }, { position: 1 }] },
    ])
    is('PostgrestTransformBuilder', 'limit', () => albums().order('id').limit(1), [{ id: 1 }])
    is('PostgrestTransformBuilder', 'range', () => albums().order('id').range(1, 2), [{ id: 2 }, { id: 3 }])
    is('PostgrestTransformBuilder', 'abortSignal', async () => {
      const start = performance.now()
      return { start, ...(await shop.anon.rpc('wait', { seconds: long }).abortSignal(AbortSignal.timeout(200))) }
    }, (answer) => {
      assert.equal(answer.status, 0)
      assert.match(answer.error.message, /Abort|Timeout/)
      within(answer.start)
    })
    is('PostgrestTransformBuilder', 'single', () => albums().eq('id', 3).single(), { id: 3 })
    is('PostgrestTransformBuilder', 'maybeSingle', () => albums().eq('id', 99).maybeSingle(), null)
    is('PostgrestTransformBuilder', 'csv', () => albums('id, year').order('id').limit(2).csv(), 'id,year\n1,1960\n2,1959')
    is('PostgrestTransformBuilder', 'geojson', () => shop.anon.from(shop.places).select().geojson(), (answer) => {
      if (shop.places === 'places') {
        const geometry = { type: 'Point', coordinates: [13.4, 52.5] }
        assert.deepEqual(answer.data, { type: 'FeatureCollection', features: [{ type: 'Feature', geometry, properties: { id: 1 } }] })
      } else { // a database without PostGIS has no such form
        assert.deepEqual([answer.status, answer.error.code], [406, 'PGRST107'])
      }
    })
    is('PostgrestTransformBuilder', 'explain', () => albums().eq('id', 1).explain({ format: 'json', analyze: true }), (answer) => {
      assert.equal(answer.data[0].Plan['Actual Rows'], 1)
    })
    is('PostgrestTransformBuilder', 'rollback', () => stock().insert({ sku: 'undone' }).rollback().select('sku'), async (answer) => {
      assert.deepEqual(answer.data, [{ sku: 'undone' }])
      assert.deepEqual((await stock().select('sku').eq('sku', 'undone')).data, [])
    })
    is('PostgrestTransformBuilder', 'maxAffected', () => shop.service.from('albums').update({ price: 1 }).gt('id', 0).maxAffected(2), (answer) => {
      assert.deepEqual([answer.status, answer.error.code], [400, 'PGRST124'])
      assert.equal(answer.error.details, 'The query affects 4 rows')
    })
    is('PostgrestTransformBuilder', 'returns', () => albums().eq('id', 3).returns(), [{ id: 3 }])

    is('PostgrestBuilder', 'returns', () => PostgrestBuilder.prototype.returns.call(albums().eq('id', 3)), [{ id: 3 }])
    is('PostgrestBuilder', 'overrideTypes', () => albums().eq('id', 3).overrideTypes(), [{ id: 3 }])
    is('PostgrestBuilder', 'stripNulls', () => shop.anon.from('artists').select().eq('id', 4).stripNulls(), [{ id: 4, name: 'Nobody Yet' }])
    is('PostgrestBuilder', 'stripNulls, of one', () => shop.anon.from('artists').select().eq('id', 4).single().stripNulls(), { id: 4, name: 'Nobody Yet' })
    is('PostgrestBuilder', 'setHeader', () => albums().limit(1).setHeader('Prefer', 'count=exact'), (answer) => {
      assert.deepEqual([answer.count, answer.status], [4, 206])
    })
    is('PostgrestBuilder', 'retry', () => rest({ fetch: flaky() }).from('albums').select('id').eq('id', 3).retry(true), [{ id: 3 }])
    is('PostgrestBuilder', 'retry, switched off', () => rest({ fetch: flaky() }).from('albums').select('id').retry(false), (answer) => {
      assert.deepEqual([answer.status, answer.error.message], [503, 'down'])
    })
    is('PostgrestBuilder', 'then', () => albums().eq('id', 3).then(({ data, status }) => [status, data]), (answer) => {
      assert.deepEqual(answer, [200, [{ id: 3 }]])
    })
    is('PostgrestBuilder', 'processResponse', () => albums('*', { count: 'exact', head: true }).gte('year', 1960), (answer) => {
      assert.deepEqual(answer, { success: true, error: null, data: null, count: 3, status: 200, statusText: 'OK' })
    })

    is('PostgrestQueryBuilder', 'select', () => shop.anon.from('albums').select('name:title, by:artists(name)', { count: 'exact' }).eq('id', 3), (answer) => {
      assert.deepEqual([answer.count, answer.data], [1, [{ name: 'Djangology', by: { name: 'Django Reinhardt' } }]])
    })
    is('PostgrestQueryBuilder', 'insert', () => stock().insert([{ sku: 'i', quantity: 2 }, { sku: 'j' }], { defaultToNull: false, count: 'exact' }).select(), async (answer) => {
      assert.equal(answer.count, 2)
      assert.deepEqual(answer.data, [{ sku: 'i', quantity: 2, note: null }, { sku: 'j', quantity: 1, note: null }])
      assert.deepEqual((await stock().delete().in('sku', ['i', 'j'])).status, 204)
    })
    is('PostgrestQueryBuilder', 'upsert', () => stock().upsert([{ sku: 'm', quantity: 9 }], { onConflict: 'sku', count: 'exact' }).select('sku, quantity'), [{ sku: 'm', quantity: 9 }])
    is('PostgrestQueryBuilder', 'update', () => stock().update({ note: 'seen' }, { count: 'exact' }).eq('sku', 'm').select(), (answer) => {
      assert.deepEqual([answer.count, answer.data], [1, [{ sku: 'm', quantity: 9, note: 'seen' }]])
    })
    is('PostgrestQueryBuilder', 'delete', () => stock().delete({ count: 'exact' }).eq('sku', 'm'), async (answer) => {
      assert.deepEqual([answer.status, answer.count], [204, 1])
      assert.deepEqual((await stock().select().eq('sku', 'm')).data, [])
    })
    is('PostgrestQueryBuilder', 'cloneRequestState', async () => {
      const table = shop.anon.from('albums')
      return Promise.all([table.select('id').eq('id', 1), table.select('title').eq('id', 3)])
    }, (answers) => {
      assert.deepEqual(answers.map(({ data }) => data), [[{ id: 1 }], [{ title: 'Djangology' }]])
    })

    is('PostgrestClient', 'from', () => shop.anon.from('albums').select('id').eq('id', 3), [{ id: 3 }])
    is('PostgrestClient', 'schema', () => shop.anon.schema('public').rpc('add', { a: 1 }), 11)
    is('PostgrestClient', 'schema, not exposed', () => shop.anon.schema('private').from('albums').select(), (answer) => {
      assert.deepEqual([answer.status, answer.error.code], [406, 'PGRST106'])
    })
    is('PostgrestClient', 'rpc', () => shop.anon.rpc('albums_since', { since: 1961 }).select('id').order('id'), [{ id: 3 }, { id: 4 }])
    is('PostgrestClient', 'rpc, reading', () => shop.anon.rpc('sum_of', { numbers: [1, 2, 3] }, { get: true }), 6)
    is('PostgrestClient', 'rpc, counting', () => shop.anon.rpc('albums_since', { since: 1960 }, { head: true, count: 'exact' }), (answer) => {
      assert.deepEqual([answer.count, answer.data], [3, null])
    })
    is('PostgrestClient', 'getOpenApiSpec', () => rest().getOpenApiSpec(), ({ data, error }) => {
      assert.equal(error, null)
      assert.equal(data.swagger, '2.0')
      assert.ok(data.paths['/albums'].get && data.paths['/rpc/add'].post)
      assert.equal(data.definitions.albums.properties.year.format, 'int32')
    })
    is('PostgrestClient', 'decorateFetch', async () => {
      const start = performance.now()
      return { start, ...(await rest({ timeout: 200 }).rpc('wait', { seconds: long })) }
    }, (answer) => {
      assert.match(answer.error.message, /Abort/)
      within(answer.start)
    })

    test('is proved', () => {
      assert.ok(all.length > 50, `the client has ${all.length} methods: are they found?`)
      assert.deepEqual(unproved(shop), [])
    })
  })
}
