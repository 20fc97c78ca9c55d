import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { data, fails } from './check.mjs'

/** Rows inside rows. */
export function embedding(shop) {
  const from = (table, columns) => shop.anon.from(table).select(columns)

  describe('embeds', () => {
    test('to one, to many and many to many, three levels deep', async () => {
      const columns = 'name, albums(title, tracks(title), genres(name))'
      const rows = await data(
        from('artists', columns).eq('id', 2).order('position', { referencedTable: 'albums.tracks' }),
      )
      assert.deepEqual(rows, [
        {
          name: 'Django Reinhardt',
          albums: [{ title: 'Djangology', tracks: [{ title: 'Minor Swing' }], genres: [{ name: 'jazz' }, { name: 'swing' }] }],
        },
      ])
    })
    test('to one gives an object, and nothing to many an empty list', async () => {
      assert.deepEqual(await data(from('albums', 'title, artists(name)').eq('id', 4).single()), {
        title: 'Miss Perfumado', artists: { name: 'Cesária Évora' },
      })
      assert.deepEqual(await data(from('artists', 'albums(title)').eq('id', 4).single()), { albums: [] })
    })
    test('alias and hint', async () => {
      const row = await data(from('albums', 'by:artists!albums_artist_id_fkey(name)').eq('id', 1).single())
      assert.deepEqual(row, { by: { name: 'Ella Fitzgerald' } })
    })
    test('filter, order and limit inside', async () => {
      const row = await data(
        from('albums', 'tracks(title)')
          .eq('id', 1)
          .gt('tracks.seconds', 160)
          .order('seconds', { referencedTable: 'tracks', ascending: false })
          .limit(1, { referencedTable: 'tracks' })
          .single(),
      )
      assert.deepEqual(row, { tracks: [{ title: 'Mack the Knife' }] })
    })
    test('inner leaves out the rows without a match', async () => {
      const rows = await data(from('artists', 'name, albums!inner(title)').eq('albums.year', 1992))
      assert.deepEqual(rows, [{ name: 'Cesária Évora', albums: [{ title: 'Miss Perfumado' }] }])
    })
    test('spread', async () => {
      assert.deepEqual(await data(from('albums', 'title, ...artists(name, country)').eq('id', 3).single()), {
        title: 'Djangology', name: 'Django Reinhardt', country: 'BE',
      })
    })
    test('order by a column of the embed', async () => {
      const rows = await data(from('albums', 'id, artists(name)').order('artists(name)').order('id'))
      assert.deepEqual(rows.map((r) => r.id), [4, 3, 1, 2])
    })
    test('without a relationship', async () => {
      await fails(from('artists', 'stock(sku)'), 400, {
        code: 'PGRST200', message: "Could not find a relationship between 'artists' and 'stock' in the schema cache",
      })
    })
  })
}
